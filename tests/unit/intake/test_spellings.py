"""Which spelling of a name is shown, and that it does not depend on how an import is cut."""

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.intake.conftest import CLOCK, Import, bodies_of, said_of
from tocsin.foundation import SeededEntropy
from tocsin.intake import import_files, importing
from tocsin.records import StixObject
from tocsin.vault import Holding, Provenance, Source, Vault

HEADER: Final = "indicator_type,indicator_value,comment,ds\n"
SPELLINGS: Final = (
    "@example_news", "@Example_News", "@EXAMPLE_NEWS", "@other_one", "@Other_One"
)  # fmt: skip


def fresh(folder: str) -> Vault:
    path = Path(folder) / "vault.db"
    return Vault.create(path, origin="a.example", clock=CLOCK, entropy=SeededEntropy(1))


def account_id(number: int) -> str:
    return f"user-account--00000000-0000-5000-8000-{number:012d}"


@st.composite
def holdings(draw: st.DrawFn) -> Holding:
    """A mention of one of two accounts: bare with or without a name, or in a fuller body."""
    number = draw(st.integers(1, 2))
    body: dict[str, Any] = {
        "type": "user-account",
        "spec_version": "2.1",
        "id": account_id(number),
        "account_login": f"login{number}",
    }
    is_bare = draw(st.booleans())
    name = draw(st.sampled_from([None, "One", "ONE"]))
    if name:
        body["display_name"] = name
    if not is_bare and draw(st.booleans()):
        body["is_disabled"] = draw(st.booleans())
    keys = tuple(draw(st.sets(st.sampled_from(["k:1", "k:2"]), max_size=2)))
    trace = Provenance(
        1, f"row {draw(st.integers(1, 3))}", {"comment": draw(st.sampled_from("ab"))}
    )
    return Holding(StixObject.of(body), keys, trace, is_bare)


def content(vault: Vault) -> dict[str, Any]:
    """Everything that a person can see of the private family, in the order of its making."""
    with vault.read() as snapshot:
        private = snapshot.private
        ids = [held.id for held in private.iterate()]
        return {
            "current": [(held.id, held.body) for held in private.iterate()],
            "versions": {each: [held.body for held in private.versions(each)] for each in ids},
            "keys": sorted(private.keys()),
            "said": {
                each: sorted(
                    (trace.provenance.locator, str(trace.provenance.said))
                    for trace in private.provenance(each)
                )
                for each in ids
            },
        }


def hold(vault: Vault, batch: Sequence[Holding]) -> None:
    vault.write(lambda tx: tx.private.hold(batch, by="ana"))


def held_in(batches: Sequence[Sequence[Holding]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, fresh(folder) as vault:
        source = Source(name="list", digest="0" * 64, format="table", by="ana")
        assert vault.write(lambda tx: tx.private.add_source(source)) == 1
        for batch in batches:
            hold(vault, batch)
        return content(vault)


@settings(max_examples=60, deadline=None)
@given(st.lists(holdings(), max_size=10), st.data())
def test_what_is_held_does_not_depend_on_where_one_batch_ends_and_the_next_begins(
    mentions: list[Holding], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(mentions)), max_size=6)))
    edges = [0, *cuts, len(mentions)]
    assert held_in([mentions]) == held_in([mentions[a:b] for a, b in pairwise(edges)])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(SPELLINGS), min_size=1, max_size=12), st.integers(1, 4))
def test_an_import_gives_the_same_vault_whatever_the_size_of_its_batches(
    spelled: list[str], size: int
) -> None:
    text = "platform,account\n" + "".join(f"telegram,{each}\n" for each in spelled)
    found = []
    for batch in (1000, size):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(importing, "BATCH", batch)
            path = Path(folder) / "list.csv"
            path.write_text(text)
            with fresh(folder) as vault:
                import_files([path], vault, by="ana", clock=CLOCK)
                found.append(content(vault))
    assert found[0] == found[1]
    # The slow obvious rule: of each account, the first spelling that is not all in small letters.
    for login in {each.removeprefix("@").lower() for each in spelled}:
        written = [each[1:] for each in spelled if each[1:].lower() == login]
        names = {each.rpartition("/")[2] for each in found[0]["versions"]}
        assert len(names) == len({each.lower() for each in spelled})
        shown = next((each for each in written if each != login), None)
        assert (f'"display_name":"{shown}"' in str(found[0]["current"])) == (shown is not None)


def test_one_file_or_many_show_the_first_spelling_that_a_source_gave(
    importing: Import, vault: Vault
) -> None:
    files = [f"platform,account\ntelegram,{each}\n".encode() for each in SPELLINGS[:3]]
    importing(*files)
    (shown,) = bodies_of(vault, "user-account")
    assert shown["display_name"] == "Example_News"
    told = said_of(vault, "account:telegram/@example_news")
    assert [each.get("as_written") for each in told] == [*SPELLINGS[:3]]


def test_a_fuller_body_stays_whatever_lists_spell_later(importing: Import, vault: Vault) -> None:
    importing(b"platform,account\ntelegram,@example_news\n")
    (bare,) = bodies_of(vault, "user-account")
    full = {**bare, "is_disabled": True}
    body = str(full).replace("'", '"').replace("True", "true")
    importing(f'{{"type":"bundle","objects":[{body}]}}'.encode())
    importing(b"platform,account\ntelegram,@Example_News\n")
    assert bodies_of(vault, "user-account") == [full]
