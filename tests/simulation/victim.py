"""A process that has everything loaded and, for each line it reads, lets a child work till killed.

The child is a node, its reader and their exchange in one: ingest, share, sync, withdraw. What it
acknowledges it prints, after the product's own call has returned.
"""

import json
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.unit.exchange.world import START, World
from tests.unit.vault.conftest import domain
from tocsin.exchange import withdraw
from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.records import Audience, Authorship
from tocsin.vault import Holding, Provenance, Source


def opened(folder: Path, run: int) -> World:
    """Open the three homes in `folder`, as the processes of one run."""
    clock = ManualClock(START + timedelta(hours=run + 1))
    return World(folder, clock=clock, entropy=SeededEntropy(run))


def work(folder: Path, run: int) -> None:
    """Work until killed."""
    die = Random(run)  # noqa: S311 - repeatable
    with opened(folder, run) as world:
        _say("begun", [])
        for step in range(1_000_000):
            world.clock.advance(seconds=die.choice((1, 20)))
            kind = die.choice(("ingest", "share", "share", "send", "read", "withdraw"))
            _say(kind, _done(world, kind, die, f"{run}-{step}"))


def _done(world: World, kind: str, die: Random, name: str) -> list[str]:
    node = world.nodes["alpha"]
    if kind == "ingest":
        held = [domain(f"h{name}-{each}.example") for each in range(die.randint(1, 30))]
        source = node.vault.write(lambda tx: tx.private.add_source(_source(name)))
        traced = [Holding(each, (), Provenance(source, each.id)) for each in held]
        node.vault.write(lambda tx: tx.private.hold(traced, by="ada"))
        return [each.id for each in held]
    if kind == "share":
        item = world.draft(
            node,
            Audience(community=True),
            authorship=die.choice((Authorship.NAMED, Authorship.NONE)),
            value=f"s{name}.example",
        )
        return [world.release("alpha", item).id]
    if kind in ("send", "read"):
        report = world.sync("alpha" if kind == "send" else "beta")
        return list(report.sent if kind == "send" else report.received)
    with node.vault.read() as view:
        own = sorted({each.id for each in view.shared.iterate() if not each.revoked})
    if not own:
        return []
    chosen = die.choice(own)
    withdraw(node, chosen, "wrong", world.clock, by="ada")
    return [chosen]


def _source(name: str) -> Source:
    return Source(name=f"{name}.csv", digest=name, format="csv", by="ada")


def _say(kind: str, ids: list[str]) -> None:
    os.write(1, json.dumps([kind, ids]).encode() + b"\n")


def main() -> None:
    """Read `FOLDER RUN` lines; answer each with the child's id and words, and `ended`."""
    for line in sys.stdin:
        folder, run = line.rsplit(" ", 1)
        child = os.fork()
        if child == 0:
            with suppress(BrokenPipeError):
                _say("child", [str(os.getpid())])  # its parent may be late: it would speak second
                work(Path(folder), int(run))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say("ended", [str(os.waitstatus_to_exitcode(status))])


if __name__ == "__main__":
    main()
