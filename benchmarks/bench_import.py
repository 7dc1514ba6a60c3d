"""Reading and importing, beside what the field's libraries need for parsing alone.

Aims: parsing and canonicalising at least 20 times `stix2.parse`, the whole durable import at
least 5 times. What is built once a process (tables, statements) is built before the clock, for
all alike, and the cycle collector looks equally seldom.
"""

import shutil
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from harness import Measured, clock_starts, measure, print_table
from lists import write_kill_chain_csv, write_list, write_misp, write_stix

ROWS = 30_000
_COLLECTED_EVERY = 200_000  # as an import sets it; the peers get the same
WRITERS: dict[str, Callable[[Path, int], Path]] = {
    "meta-kill-chain CSV": write_kill_chain_csv,
    "defanged list": write_list,
    "STIX 2.1 bundle": write_stix,
    "MISP event": write_misp,
}


def parse_stix2(path: str) -> tuple[int, str]:
    """`stix2.parse` of every object, as a consumer would."""
    import gc
    import json

    import stix2

    gc.set_threshold(_COLLECTED_EVERY)
    objects = json.loads(Path(path).read_bytes())["objects"][: ROWS // 10]
    for each in objects[:3]:
        stix2.parse(each, allow_custom=True)
    clock_starts()
    for each in objects:
        stix2.parse(each, allow_custom=True)
    return len(objects), f"{len(objects)} of {ROWS}"


def parse_pymisp(path: str) -> tuple[int, str]:
    """`MISPEvent.load` of the whole event."""
    import gc

    from pymisp import MISPEvent

    gc.set_threshold(_COLLECTED_EVERY)
    text = Path(path).read_text(encoding="utf-8")
    MISPEvent().from_json('{"Event": {"info": "warm", "Attribute": []}}')
    clock_starts()
    event = MISPEvent()
    event.from_json(text)
    return len(event.attributes), ""


def parse_ours(path: str) -> tuple[int, str]:
    """The reader alone: parsed, repaired, canonical, nothing kept."""
    import gc

    from tocsin.intake import Context, Head, Kept, sniff

    raw = Path(path).read_bytes()
    reader = sniff(Head(raw[: 256 * 1024], len(raw)))
    if reader is None:
        raise SystemExit(f"no reader for {path}")
    gc.set_threshold(_COLLECTED_EVERY)
    for example in reader.examples():
        list(reader.read(BytesIO(example.data), Context(digest="00" * 32)))
    clock_starts()
    with Path(path).open("rb") as stream:
        kept = sum(
            isinstance(event, Kept) for event in reader.read(stream, Context(digest="00" * 32))
        )
    return kept, reader.name


def import_ours(path: str) -> tuple[int, str]:
    """The whole import into a new vault: durable, with provenance and log."""
    from tocsin.foundation import SystemClock, SystemEntropy
    from tocsin.intake import Head, import_files, sniff
    from tocsin.vault import Vault

    folder = Path(tempfile.mkdtemp())
    clock, entropy = SystemClock(), SystemEntropy()
    try:
        few = folder / "few"
        with Path(path).open("rb") as stream:
            reader = sniff(Head(stream.read(256 * 1024), 0))
        few.write_bytes(reader.examples()[0].data if reader else b"")
        with Vault.create(folder / "first.db", origin="a", clock=clock, entropy=entropy) as vault:
            import_files([few], vault, by="bench", clock=clock)
        vault = Vault.create(folder / "vault.db", origin="b", clock=clock, entropy=entropy)
        clock_starts()
        with vault:
            report = import_files([Path(path)], vault, by="bench", clock=clock)
        return sum(file.kept for file in report.files), f"{report.new} new objects"
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Measure all formats and print the tables."""
    with tempfile.TemporaryDirectory() as scratch:
        paths = {
            name: str(write(Path(scratch) / str(at), ROWS))
            for at, (name, write) in enumerate(WRITERS.items())
        }
        rows: list[list[str]] = []
        stix2_peer = measure(parse_stix2, paths["STIX 2.1 bundle"])
        misp_peer = measure(parse_pymisp, paths["MISP event"])
        rows.append(_row("STIX 2.1 bundle", "stix2.parse", stix2_peer, stix2_peer))
        rows.append(_row("MISP event", "pymisp load", misp_peer, stix2_peer))
        for name, path in paths.items():
            rows.append(_row(name, "tocsin: read", measure(parse_ours, path), stix2_peer))
            rows.append(_row(name, "tocsin: import", measure(import_ours, path), stix2_peer))
    header = ("input", "what", "rows", "rows/CPU-s", "wall s", "peak MB", "x stix2.parse", "note")
    print_table(f"Import of {ROWS:,} rows", header, rows)


def _row(name: str, what: str, measured: Measured, peer: Measured) -> list[str]:
    return [
        name,
        what,
        f"{measured.units:,}",
        f"{measured.rate:,.0f}",
        f"{measured.wall_s:.2f}",
        f"{measured.peak_mb:.0f}",
        f"{measured.rate / peer.rate:.1f}",
        measured.note,
    ]


if __name__ == "__main__":
    main()
