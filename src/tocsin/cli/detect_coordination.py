"""`tocsin detect coordination`: accounts that shared the same objects at nearly the same times."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from tocsin.cli.coordination_case import check_case, keep_in_case, render_kept
from tocsin.cli.coordination_clocks import Clocks, clocks_json, render_clocks, with_clocks
from tocsin.cli.coordination_compat import (
    LINKS,
    NETWORKS,
    PEERS,
    RETWEETS,
    PeerSettings,
    peer_sources,
    run_compat,
)
from tocsin.cli.coordination_run import Asked, calibrated, found_by
from tocsin.cli.coordination_shown import NO_FAULT, document, peak_mb, render, render_explained
from tocsin.cli.coordination_sources import Sources
from tocsin.cli.coordination_surroundings import surroundings_of
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.coordination.detection import Settings
from tocsin.detect.coordination.explaining import explain
from tocsin.detect.coordination.groups import Grouping
from tocsin.detect.coordination.parting import set_apart
from tocsin.detect.coordination.reading import COLUMNS
from tocsin.detect.coordination.reporting import report
from tocsin.detect.coordination.results import write_results
from tocsin.detect.coordination.weighing import weigh
from tocsin.foundation import JsonObject, JsonValue, UsageError

_WINDOW: Final = 60
_LEAST: Final = 2


@click.command("coordination")
@click.argument("files", nargs=-1, metavar="[FILE…]")
@click.option("--trace", "traces", multiple=True, metavar="NAME",
              help="What they have in common, where posts are read. [default: url]")  # fmt: skip
@click.option("--window", "windows", type=click.IntRange(min=0), multiple=True,
              help="Seconds within which two shares of an object meet; repeat for several. "
              "[default: 60]")  # fmt: skip
@click.option("--min-coactions", "least", type=click.IntRange(min=1),
              help="Objects on which two accounts must have met. [default: 2]")  # fmt: skip
@click.option("--engine", type=click.Choice(["local", "duckdb", "spark"]), default="local",
              help="What counts; the answer is the same. [default: local]")  # fmt: skip
@click.option("--spark-master", default="local[*]", metavar="URL", help="A Spark cluster.")
@click.option("--compat", type=click.Choice(PEERS), help="Answer as another tool does.")
@click.option("--edge-weight", type=click.FloatRange(0, 1), default=0.5,
              help="CooRTweet's percentile of weights. [default: 0.5]")  # fmt: skip
@click.option("--subgraph", type=click.IntRange(0, 3), default=0, help="CooRTweet's subgraph.")
@click.option("--fast-window", type=click.IntRange(min=0), help="CooRTweet's faster window.")
@click.option("--network", type=click.Choice(NETWORKS), help="cnt's. [default: co_retweet]")
@click.option("--links", is_flag=True, help="The same as --network co_link.")
@click.option("--similarity", type=click.FloatRange(0, 1), default=0.8,
              help="Share of words that texts of co_similar_tweet have in common. "
              "[default: 0.8]")  # fmt: skip
@click.option("--min-words", type=click.IntRange(min=1), default=1,
              help="Different words below which a text is similar to none. "
              "[default: 1]")  # fmt: skip
@click.option("--all-shares", is_flag=True,
              help="Count every share, not only an account's first of an object.")  # fmt: skip
@click.option("--q", "most_q", type=click.FloatRange(0, 1, min_open=True), default=0.05,
              help="False discoveries that groups may rest on. [default: 0.05]")  # fmt: skip
@click.option("--diluted", is_flag=True,
              help="Test groups as wholes too: many accounts, few of them each time.")  # fmt: skip
@click.option("--untested", is_flag=True, help="Count only; such groups are no findings.")
@click.option("--known", is_flag=True,
              help="All are known to be of one operation: sort them, accuse nobody.")  # fmt: skip
@click.option("--grouping", type=click.Choice([each.value for each in Grouping]),
              help="How groups are cut. [default: leiden where chance is asked]")  # fmt: skip
@click.option("--column", "columns", multiple=True, metavar="NAME=HEADER",
              help="Which header is the account, object, time or content.")  # fmt: skip
@click.option("--clocks", type=click.Choice([each.value for each in Clocks]),
              default=Clocks.ALIGN.value, show_default=True,
              help="What to do with a file whose clock is off by quarters of an hour.")  # fmt: skip
@click.option("--onto", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Add the files to an earlier run, which is not counted again.")  # fmt: skip
@click.option("--accounts", type=click.Path(path_type=Path, dir_okay=False), metavar="CSV",
              help="What accounts say: account, owner, kind, description, name, "
              "created.")  # fmt: skip
@click.option("--sites", type=click.Path(path_type=Path, dir_okay=False), metavar="CSV",
              help="What is known of sites: domain, owner, warns.")  # fmt: skip
@click.option("--objects", type=click.Path(path_type=Path, dir_okay=False), metavar="CSV",
              help="What is known of objects: object, published.")  # fmt: skip
@click.option("--calibrate", "copies", type=click.IntRange(min=0), default=10, metavar="N",
              help="Copies without coordination to try the test on. [default: 10]")  # fmt: skip
@click.option("--seed", type=int, default=0, help="Of these copies. [default: 0]")
@click.option("--case", metavar="CASE", help="Keep each group as a finding of this case.")
@click.option("--explain", "account", metavar="ACCOUNT", help="Why this account stands out.")
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path, file_okay=False),
              metavar="DIR", help="A folder for edges, groups and networks.")  # fmt: skip
@common
def coordination(
    shell: Shell,
    /,
    files: tuple[str, ...],
    account: str | None,
    folder: Path | None,
    **options: Any,
) -> None:
    """Find accounts that act together: in FILEs with account, object and time, or in a node.

    Without FILE the node's activity is read. With --engine spark a FILE may be the name of a table
    that the cluster's catalog resolves.
    """
    started = time.monotonic()
    case = options["case"]
    if case is not None:
        _refuse_beside_case(options)
        check_case(shell, case)
    sources = Sources(
        files=tuple(map(Path, files)),
        columns=chosen_columns(options["columns"]),
        traces=tuple(options["traces"]),
        home=shell.home_dir or shell.home_from_environment,
    )
    if options["compat"]:
        _as_a_peer(shell, sources, folder, options, started)
        return
    sources, shifts = with_clocks(sources, _clocks(options), shell.progress)
    asked = _asked(files, sources, options)
    if asked.known:
        _refuse_beside_known(options)
    found = found_by(asked, shell.progress)
    tables = (options["accounts"], options["sites"], options["objects"])
    around = surroundings_of(found, *tables, posts=sources.posts())
    found = set_apart(found, around, shell.progress)
    weighed = weigh(found, around, shell.progress)
    calibration = calibrated(found, asked, shell.progress)
    traces: list[JsonValue] = [*sources.traces]
    said = {**document(found, weighed, calibration), "engine": asked.engine, "traces": traces}
    said["clocks"] = clocks_json(sources, shifts)
    if account is not None:
        said["explained"] = explain(found, account)
    if case is not None:
        said["case"] = keep_in_case(shell, case, said)
    _finish(said, started)
    if folder is not None:
        page = report(
            found,
            traces=sources.traces,
            colophon=f"{said['detector']}, engine {asked.engine}, seed {options['seed']}, "
            f"q at most {asked.settings.most_q}",
            weighed=weighed,
            calibration=None if calibration is None else str(calibration),
        )
        written = write_results(found, said, folder, shell.progress, page, weighed)
        said["files"] = [str(path) for path in written]
        _finish(said, started)

    def rendered(out: Console) -> None:
        render(out, found, said, weighed, calibration)
        _render_more(out, said)

    shell.show(said, rendered)
    if any(each.kind != NO_FAULT for each in found.shares.defects):
        raise SystemExit(EXIT_IN_PART)


def _render_more(out: Console, said: JsonObject) -> None:
    """Print what stands below the groups, where it was asked for or is amiss."""
    render_clocks(out, said)
    if isinstance(explained := said.get("explained"), dict):
        render_explained(out, explained)
    if isinstance(kept := said.get("case"), dict):
        render_kept(out, kept)


def _as_a_peer(
    shell: Shell,
    sources: Sources,
    folder: Path | None,
    options: Mapping[str, Any],
    started: float,
) -> None:
    """Answer as the tool does whose answers are asked for."""
    peer = _peer(options)
    sources, reposts = peer_sources(sources, peer)
    trace = sources.read(first_only=False)
    repeats = sources.has_repeats()
    said = run_compat(trace, peer, folder, has_repeats=repeats, reposts=reposts)
    _finish(said, started)
    shell.show(said, lambda out: _render_compat(out, said))


def _clocks(options: Mapping[str, Any]) -> Clocks:
    """Return what was asked for; a cluster reads its tables by itself."""
    return Clocks.AS_READ if options["engine"] == "spark" else Clocks(options["clocks"])


def _asked(files: tuple[str, ...], sources: Sources, options: Mapping[str, Any]) -> Asked:
    windows = tuple(sorted(set(options["windows"])))
    return Asked(
        files=files,
        sources=sources,
        settings=Settings(
            window_s=max(windows, default=_WINDOW),
            windows=windows if len(windows) > 1 else (),
            least=_or(options["least"], _LEAST),
            grouping=Grouping(options["grouping"]) if options["grouping"] else None,
            most_q=options["most_q"],
            diluted=options["diluted"],
        ),
        engine=options["engine"],
        spark_master=options["spark_master"],
        first_only=not options["all_shares"],
        onto=options["onto"],
        tested=not options["untested"],
        known=options["known"],
        copies=options["copies"],
        seed=options["seed"],
    )


def _refuse_beside_case(options: Mapping[str, Any]) -> None:
    """Refuse runs that do not ask chance: no case can rest on what they count."""
    given = {
        "--compat": bool(options["compat"]),
        "--known": options["known"],
        "--untested": options["untested"],
        "--all-shares": options["all_shares"],
        "--window 0": 0 in options["windows"],
        "--engine spark": options["engine"] == "spark",
    }
    if beside := [name for name, is_given in given.items() if is_given]:
        raise UsageError(
            f"--case goes without {', '.join(beside)}",
            hint="a finding is a group that was tested against chance",
        )


def _refuse_beside_known(options: Mapping[str, Any]) -> None:
    """Refuse what `--known` settles itself, or cannot do."""
    given = {
        "--window": bool(options["windows"]),
        "--engine": options["engine"] != "local",
        "--onto": options["onto"] is not None,
        "--all-shares": options["all_shares"],
        "--diluted": options["diluted"],
        "--untested": options["untested"],
    }
    if beside := [name for name, is_given in given.items() if is_given]:
        raise UsageError(
            f"--known goes without {', '.join(beside)}",
            hint="it looks at first shares within 1, 5 and 30 minutes, on this machine",
        )


def chosen_columns(given: Sequence[str]) -> dict[str, str]:
    """Return the header of each column that the person named.

    Raises:
        UsageError: when one is not NAME=HEADER with a name that a trace has.
    """
    chosen = {}
    for each in given:
        name, _, header = each.partition("=")
        if name not in COLUMNS or not header:
            raise UsageError(
                f"--column {each}: not NAME=HEADER", hint=f"NAME is one of {', '.join(COLUMNS)}"
            )
        chosen[name] = header
    return chosen


def _peer(options: Mapping[str, Any]) -> PeerSettings:
    """The peer's own defaults hold where nothing was said."""
    if len(options["windows"]) > 1:
        raise UsageError(f"--compat {options['compat']} has one window", hint="give one --window")
    window, least = (10, 2) if options["compat"] == "coortweet" else (60, 1)
    return PeerSettings(
        peer=options["compat"],
        time_window=max(options["windows"], default=window),
        least=_or(options["least"], least),
        edge_weight=options["edge_weight"],
        subgraph=options["subgraph"],
        fast_window=options["fast_window"],
        network=options["network"] or (LINKS if options["links"] else RETWEETS),
        similarity=options["similarity"],
        min_words=options["min_words"],
    )


def _finish(said: JsonObject, started: float) -> None:
    said["seconds"] = round(time.monotonic() - started, 3)
    said["peak_mb"] = peak_mb()


def _or(given: int | None, default: int) -> int:
    return default if given is None else given


def _render_compat(out: Console, said: JsonObject) -> None:
    figures = said.get(str(said["compat"]))
    for name, value in (figures if isinstance(figures, dict) else {}).items():
        out.print(f"{name}: {value}")
    out.print(str(said["note"]))


COMMANDS = {"coordination": coordination}
