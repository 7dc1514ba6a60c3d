"""What an eavesdropper has of the overlap, beside plain hashes of the same list."""

from tocsin.demo.cast import COMMUNITY, EAVESDROPPER, MERIDIAN
from tocsin.demo.dictionary import break_hashes, find_guesses, plain_hashes
from tocsin.demo.figures import Row, Table, Tone, data_size, number
from tocsin.demo.holdings import host_names
from tocsin.demo.stage import Stage


def what_crossed(stage: Stage) -> None:
    """Search the recorded bytes with a dictionary, beside plain hashes of the same list."""
    assert stage.line is not None  # noqa: S101 - the story opens it first
    stage.chapter(
        "What crossed the line",
        "Lists are often compared as plain hashes: fingerprints that anybody can make of a name "
        "too. So the demo plays an eavesdropper who has a dictionary of guesses, and tries it on "
        "such fingerprints and on all that has just crossed the line.",
    )
    crossed = stage.line.since(stage.overlap_mark)
    values = host_names(stage.folder / MERIDIAN.home)
    with stage.teller.waiting(EAVESDROPPER, "tries a dictionary"):
        guesses = stage.material.guesses(values)
        fallen = break_hashes(plain_hashes(values), guesses)
        found = find_guesses(crossed.streams, guesses)
    stage.fact("bytes_crossed", crossed.total, "bytes that crossed during the overlap")
    stage.fact("guesses", fallen.guesses, "names in the dictionary")
    stage.fact("plain_hashes", len(values), "plain SHA-256 hashes tried")
    stage.fact("plain_hashes_fallen", len(fallen.names), "plain SHA-256 hashes that fell")
    stage.fact("plain_hashes_seconds", round(fallen.seconds, 3), "seconds until they had fallen")
    stage.fact("names_found_in_bytes", len(found), "names found in the bytes that crossed")
    stage.tell(
        EAVESDROPPER,
        f"has recorded {data_size(crossed.total)} on {crossed.connections} connections, "
        f"and tries {number(fallen.guesses)} guesses.",
        "Looked for in the bytes: each guess as it is, and as SHA-256, SHA-1 and MD5, with and "
        "without www., in the stream and in whatever hexadecimal, base64 or gzip hides.",
        figures=(_fallen_table(len(values), len(fallen.names), fallen.seconds, len(found)),),
    )
    stage.conclude(
        f"Of {number(len(values))} plain fingerprints {number(len(fallen.names))} were named in "
        f"{fallen.seconds:.2f} s. In what really crossed, the same guesses found "
        f"{number(len(found)) if found else 'nothing'}."
    )


def _fallen_table(hashes: int, fallen: int, seconds: float, found: int) -> Table:
    return Table(
        "The same dictionary on both",
        ("tried on", "fell", "in"),
        (
            Row(
                (
                    "plain SHA-256 of the list",
                    f"{number(fallen)} of {number(hashes)}",
                    f"{seconds:.2f} s",
                ),
                Tone.BAD if fallen else Tone.GOOD,
            ),
            Row(
                (f"all bytes that crossed to and from {COMMUNITY}", number(found), ""),
                Tone.BAD if found else Tone.GOOD,
            ),
        ),
    )
