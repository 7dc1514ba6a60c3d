"""The exchange's metrics in Prometheus' text form."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from tocsin.exchange.server.board import Board, Counted, seconds_of
from tocsin.foundation import TocsinError
from tocsin.vault import Home
from tocsin.vault.figures import Sizes

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily

GAUGES: Final = (
    ("tocsin_exchange_workers", "Workers that were asked for."),
    ("tocsin_exchange_workers_up", "Workers that live."),
    ("tocsin_exchange_vault_up", "1 when the vault could be read, else 0."),
    ("tocsin_exchange_log_entries", "Entries of the log."),
    ("tocsin_exchange_objects", "Versions of objects held."),
    ("tocsin_exchange_deliveries", "Pairs of a reader and a version that it may fetch."),
    (
        "tocsin_exchange_deliveries_acknowledged",
        "Pairs that a node acknowledged; clients that only read never do.",
    ),
)
SIZES_EVERY_S: Final = 60.0
"""Counting walks whole indexes."""


@define(eq=False)
class _Metrics(Collector):
    home: Home
    board: Board
    monotonic: Callable[[], float]
    _sizes: Sizes | None = None
    _counted_at: float = field(default=0.0)

    def collect(self) -> Iterator[Family]:
        for each in self.board.counted:
            yield (_histogram if each.bounds else _counter)(self.board, each)
        values = self._gauges()
        for name, said in GAUGES:
            if name in values:
                yield GaugeMetricFamily(name, said, value=values[name])

    def _gauges(self) -> dict[str, float]:
        found: dict[str, float] = {
            "tocsin_exchange_workers": self.board.workers,
            "tocsin_exchange_workers_up": self.board.workers_up(),
        }
        try:
            sizes = self._read()
        except TocsinError:
            return {**found, "tocsin_exchange_vault_up": 0}
        return found | {
            "tocsin_exchange_vault_up": 1,
            "tocsin_exchange_log_entries": sizes.log,
            "tocsin_exchange_objects": sizes.objects,
            "tocsin_exchange_deliveries": sizes.visible,
            "tocsin_exchange_deliveries_acknowledged": sizes.acknowledged,
        }

    def _read(self) -> Sizes:
        now = self.monotonic()
        with self.home.vault.read() as view:
            log = view.log.size
            if self._sizes is None or now - self._counted_at > SIZES_EVERY_S:
                self._sizes, self._counted_at = view.figures.sizes(log), now
        return Sizes(log, self._sizes.objects, self._sizes.visible, self._sizes.acknowledged)


class Exposition:
    """All metrics of one exchange, over all its workers."""

    def __init__(
        self, home: Home, board: Board, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Metrics(home, board, monotonic))

    def text(self) -> bytes:
        """Return them as Prometheus reads them (text format 0.0.4)."""
        return generate_latest(self._registry)


def _counter(board: Board, metric: Counted) -> CounterMetricFamily:
    family = CounterMetricFamily(metric.name, metric.help, labels=list(metric.labels))
    for labels in metric.series():
        (value,) = board.cells(metric, labels)
        if value or len(metric.labels) < 2:  # of the many, those alone that ever happened
            family.add_metric(labels, value)
    return family


def _histogram(board: Board, metric: Counted) -> HistogramMetricFamily:
    family = HistogramMetricFamily(metric.name, metric.help, labels=list(metric.labels))
    for labels in metric.series():
        *counts, total = board.cells(metric, labels)
        if not any(counts) and metric.labels:
            continue
        buckets, below = [], 0
        for bound, count in zip((*map(str, metric.bounds), "+Inf"), counts, strict=True):
            below += count
            buckets.append((bound, float(below)))
        family.add_metric(labels, buckets, seconds_of(total))
    return family
