"""What came in a file goes on no more widely than its sources gave it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.unit.release.desk_work import previewed, released, terms
from tests.unit.release_desk import START, Desk
from tocsin.cases import Case
from tocsin.foundation import JsonObject, RefusedError
from tocsin.records import (
    SHARING_EXTENSION,
    Audience,
    Claim,
    EvidenceClass,
    Marking,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
)
from tocsin.records.observables import read_value
from tocsin.vault import Holding, Provenance, Source, Transaction


def given(desk: Desk, host: str, *sources: tuple[str, str | None]) -> str:
    """Import a host from sources, each `(format, its marking)`, in this order; gives its id."""
    (observable,) = read_value(host).observables
    bare = StixObject.of(observable.to_sco())

    def work(tx: Transaction) -> None:
        for at, (format_, marking) in enumerate(sources):
            source = tx.private.add_source(
                Source(name=f"{host} {at}", digest="00", format=format_, by="ada")
            )
            said: JsonObject = {"technique": f"T000{at} of {marking}"}
            item, is_list = bare, format_ != "stix"
            if is_list and marking is not None:
                said["marking"] = marking
            if not is_list and marking is not None:
                item = bare.replaced(object_marking_refs=[Tlp.read(marking).marking_id])
            trace = Provenance(source, "row 1", said)
            tx.private.hold([Holding(item, (observable.key,), trace, bare=is_list)], by="ada")

    desk.vault.write(work)
    return bare.id


def case_of(desk: Desk, *items: str) -> Case:
    return desk.book.open("Given", by="ada", items=items)


def stays(desk: Desk, item: str, tlp: Tlp) -> bool:
    """Whether an item stays, beside one that leaves."""
    free = given(desk, "free.example", ("list", None))
    preview = previewed(desk, case_of(desk, free, item), terms(desk, "community", tlp=tlp))
    return item in {each.id for each in preview.held}


@pytest.mark.parametrize("format_", ["list", "stix", "misp"])
def test_what_was_given_under_a_marking_leaves_under_none_that_is_laxer(
    desk: Desk, format_: str
) -> None:
    item = given(desk, "one.example", (format_, "TLP:AMBER"))
    case = case_of(desk, item)
    with pytest.raises(RefusedError, match="given as TLP:AMBER; TLP:CLEAR would be laxer"):
        previewed(desk, case, terms(desk, "community", tlp=Tlp.CLEAR))
    assert stays(desk, item, Tlp.GREEN)
    assert not stays(desk, item, Tlp.AMBER)
    assert not stays(desk, item, Tlp.RED)


@pytest.mark.parametrize(
    ("sources", "tlp"),
    [
        ([("list", "TLP:AMBER"), ("list", "TLP:GREEN")], Tlp.GREEN),
        ([("list", "TLP:AMBER"), ("list", None)], Tlp.CLEAR),
        ([("list", "TLP:AMBER"), ("stix", "TLP:GREEN")], Tlp.GREEN),
        ([("stix", "TLP:GREEN"), ("list", "TLP:AMBER")], Tlp.GREEN),
        ([("stix", "TLP:GREEN"), ("stix", "TLP:AMBER")], Tlp.GREEN),
        ([("stix", "TLP:AMBER"), ("list", None)], Tlp.CLEAR),
        ([("stix", None)], Tlp.CLEAR),
        ([("list", "internal only")], Tlp.AMBER),
        ([("list", "TLP:WHITE")], Tlp.CLEAR),
    ],
)
def test_the_laxest_of_several_sources_binds_and_an_unmarked_one_does_not(
    desk: Desk, sources: Sequence[tuple[str, str | None]], tlp: Tlp
) -> None:
    item = given(desk, "one.example", *sources)
    laxer = [each for each in Tlp if each.rank < tlp.rank]
    assert not stays(desk, item, tlp)
    assert all(stays(desk, item, each) for each in laxer)


def test_what_a_stricter_source_said_of_it_stays(desk: Desk) -> None:
    item = given(desk, "one.example", ("list", "TLP:AMBER"), ("list", "TLP:GREEN"))
    preview = previewed(desk, case_of(desk, item), terms(desk, "community", tlp=Tlp.GREEN))
    (draft,) = preview.drafts
    references = draft.fields["external_references"]
    assert references == [{"source_name": "DISARM", "external_id": "T0001"}]


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_claim_keeps_the_marking_that_its_author_gave_it(desk: Desk, is_ours: bool) -> None:
    claim = Claim(
        statement="run from one office", claimant="Example Lab", evidence=EvidenceClass.ADMISSION
    ).to_object(
        now=desk.clock.now(),
        entropy=desk.entropy,
        author=desk.author.id if is_ours else desk.lab.id,
        marking=None,
    )
    amber = claim.replaced(object_marking_refs=[Tlp.AMBER.marking_id])
    desk.vault.write(lambda tx: tx.private.hold([Holding(amber)], by="ada"))
    assert stays(desk, amber.id, Tlp.CLEAR) is not is_ours
    assert not stays(desk, amber.id, Tlp.AMBER)


def shared_claim(desk: Desk, **terms_: object) -> StixObject:
    """A claim of the ministry's, as it was shared with this node in a community."""
    sharing = Sharing(
        audience=Audience(members=frozenset({desk.author.id, desk.lab.id})),
        origins=frozenset({MemberKind.GOVERNMENT}),
        **terms_,  # type: ignore[arg-type]
    )
    made = Claim(
        statement="run from one office", claimant="Ministry", evidence=EvidenceClass.ADMISSION
    ).to_object(
        now=desk.clock.now(),
        entropy=desk.entropy,
        author=desk.ministry.id,
        marking=Marking(Tlp.AMBER),
    )
    return made.with_sharing(sharing)


def test_what_was_shared_and_came_by_file_keeps_its_audience_origin_and_expiry(
    desk: Desk,
) -> None:
    item = shared_claim(desk, expires=START + timedelta(days=30))
    desk.vault.write(lambda tx: tx.private.hold([Holding(item)], by="ada"))
    preview = previewed(desk, case_of(desk, item.id), terms(desk, "community", tlp=Tlp.AMBER))
    assert [each.rule for each in preview.refusals] == ["derived-expiry"]
    assert preview.reach[desk.lab.id].allowed
    (draft,) = preview.drafts
    sharing = preview.sharing_of(draft)
    assert MemberKind.GOVERNMENT in sharing.origins
    assert sharing.derived_from == (item.id,)


def test_what_came_with_terms_that_cannot_be_read_stays(desk: Desk) -> None:
    garbled = shared_claim(desk)
    extensions = dict(garbled.body["extensions"])  # type: ignore[arg-type]
    extensions[SHARING_EXTENSION] = {"sharing_version": 99}
    item = garbled.replaced(extensions=extensions)
    desk.vault.write(lambda tx: tx.private.hold([Holding(item)], by="ada"))
    free = given(desk, "free.example", ("list", None))
    preview = previewed(desk, case_of(desk, free, item.id), terms(desk, "community", tlp=Tlp.AMBER))
    (held,) = preview.held
    assert "terms cannot be read" in held.why


def test_the_rest_of_a_case_leaves(desk: Desk) -> None:
    amber = given(desk, "one.example", ("list", "TLP:AMBER"))
    green = given(desk, "two.example", ("list", "TLP:GREEN"))
    case = case_of(desk, amber, green)
    made = released(desk, previewed(desk, case, terms(desk, "community", tlp=Tlp.GREEN)))
    assert len(made.objects) == 1
