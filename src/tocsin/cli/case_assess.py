"""`tocsin case assess`: hypotheses, evidence and confidence as they are typed."""

from collections.abc import Iterable, Iterator
from typing import Final

import click

from tocsin.cases import Casebook, Evidence, Hypothesis, Spread, Statement, Technique
from tocsin.cli.case_shown import show_case
from tocsin.cli.interleaved import Interleaved, in_order
from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.foundation import BadInputError, UsageError
from tocsin.intake import Releases, TechniqueState, load_releases, technique_numbers
from tocsin.records import Confidence, Likelihood, SourceGrade

_WEIGHED: Final = ("hypothesis", "innocent", "evidence_for", "evidence_against")
_TOLD: Final = (TechniqueState.OBSOLETE, TechniqueState.RENAMED, TechniqueState.UNKNOWN)


@click.command("assess", cls=Interleaved)
@click.argument("case")
@click.option(
    "--hypothesis",
    multiple=True,
    metavar="TEXT",
    help="What it may be; evidence behind it is about it. Repeat for each.",
)
@click.option("--innocent", multiple=True, metavar="TEXT", help="A hypothesis that accuses nobody.")
@click.option(
    "--evidence-for",
    multiple=True,
    metavar="TEXT",
    help="What speaks for the hypothesis before it: words, or an item's id and words.",
)
@click.option(
    "--evidence-against",
    multiple=True,
    metavar="TEXT",
    help="What speaks against the hypothesis before it.",
)
@click.option(
    "--confidence",
    metavar="WORD",
    help="How sure: `likely` or another word of ICD 203, a percentage, or low, medium or high.",
)
@click.option(
    "--technique", multiple=True, metavar="T-NUMBER", help="DISARM technique, such as T0049."
)
@click.option("--text", help="What you conclude, in a sentence.  [default: the first hypothesis]")
@click.option(
    "--likelihood",
    type=click.Choice([str(each) for each in Likelihood]),
    help="The same as --confidence, in the words of ICD 203 alone.",
)
@click.option("--grade", help="Admiralty grade of the sources, such as B2.")
@click.option("--platforms", type=click.IntRange(1), help="Breakout: on how many it was seen.")
@click.option("--communities", type=click.IntRange(1), help="Breakout: into how many it came.")
@click.option("--media", metavar="WHICH", help="Breakout: media that took it up.")
@click.option("--celebrity", metavar="WHO", help="Breakout: who, widely followed, passed it on.")
@click.option("--response", metavar="WHAT", help="Breakout: the policy or violence it led to.")
@click.option("--anew", is_flag=True, help="Leave out what was said before.")
@common
def case_assess(
    shell: Shell,
    /,
    case: str,
    technique: tuple[str, ...],
    confidence: str | None,
    likelihood: str | None,
    text: str | None,
    grade: str | None,
    platforms: int | None,
    communities: int | None,
    media: str | None,
    celebrity: str | None,
    response: str | None,
    anew: bool,
    **_weighed: object,
) -> None:
    """Weigh hypotheses against each other, and say how sure you are in words with a range.

    What was said before stays beside it. Any change ends the reviews that were given before.
    """
    hypotheses = tuple(_hypotheses(in_order(_WEIGHED)))
    with shell.home() as home:
        said = Statement(
            text=text,
            confidence=_confidence(confidence, likelihood),
            grade=SourceGrade.read(grade) if grade else None,
            hypotheses=hypotheses,
            techniques=tuple(_techniques(shell, technique, load_releases(home.vault))),
            spread=Spread(
                platforms=platforms,
                communities=communities,
                media=media,
                celebrity=celebrity,
                response=response,
            ),
        )
        book = Casebook(home.vault, shell.clock, shell.entropy)
        changed = book.assess(book.find(case), said, by=shell.person, anew=anew)
    made = changed.assessment
    if made is not None and not (made.is_weighed and made.has_innocent):
        shell.note(
            "an assessment weighs at least two hypotheses, one of them innocent: add what else it "
            "could be with --innocent"
        )
    show_case(shell, changed)


def _hypotheses(said: Iterable[tuple[str, str]]) -> Iterator[Hypothesis]:
    """Yield the hypotheses, each with the evidence that was typed behind it."""
    groups: list[tuple[str, str, dict[str, list[Evidence]]]] = []
    for option, value in said:
        if option in ("hypothesis", "innocent"):
            groups.append((option, value, {"evidence_for": [], "evidence_against": []}))
        elif groups:
            groups[-1][2][option].append(Evidence.read(value))
        else:
            raise UsageError(
                f"--{option.replace('_', '-')} {value!r} stands before any hypothesis",
                hint="name the hypothesis first: --hypothesis TEXT --evidence-for TEXT",
            )
    for option, text, evidence in groups:
        yield Hypothesis.of(
            text,
            is_innocent=option == "innocent",
            supporting=evidence["evidence_for"],
            opposing=evidence["evidence_against"],
        )


def _confidence(confidence: str | None, likelihood: str | None) -> Confidence | None:
    if confidence and likelihood:
        raise UsageError("--confidence and --likelihood say the same", hint="give one of them")
    said = confidence or likelihood
    return Confidence.read(said) if said else None


def _techniques(shell: Shell, said: Iterable[str], releases: Releases) -> Iterator[Technique]:
    """Yield techniques as the taxonomy of this node knows them, and tell what has changed."""
    for text in said:
        numbers = technique_numbers(text.upper())
        if not numbers:
            raise BadInputError(
                f"technique {text[:80]!r} has no T-number", hint="write it as T0049 or T0049.002"
            )
        for number in numbers:
            found = releases.resolve(number)
            if found.state in _TOLD:
                shell.note(
                    f"{number} is {found.state} in DISARM: now {found.name or found.proposal}"
                )
            yield Technique(number, str(found.state), found.name, found.successors)
