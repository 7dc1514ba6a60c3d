"""Rights only shrink: kind, role, scope; and what is out of them is refused before all else."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from tocsin.foundation import SeededEntropy
from tocsin.policy import (
    RIGHTS,
    TIP_TYPE,
    Action,
    Decision,
    Principal,
    Role,
    Scope,
    authorize,
    recipients,
)
from tocsin.records import (
    Audience,
    Community,
    Group,
    Marking,
    Member,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    new_object,
)

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)


def member(number: int, kind: MemberKind, *, is_guest: bool = False) -> Member:
    opaque = f"identity--{number:08}-0000-4000-8000-000000000000"
    return Member(id=opaque, name=f"member {number}", kind=kind, is_guest=is_guest)


PLATFORM = member(1, MemberKind.PLATFORM)
OTHER = member(2, MemberKind.PLATFORM)
LAB = member(3, MemberKind.RESEARCH, is_guest=True)
TIPSTER = member(4, MemberKind.OTHER, is_guest=True)
STATE = member(5, MemberKind.GOVERNMENT, is_guest=True)
EVERYBODY = (PLATFORM, OTHER, LAB, TIPSTER, STATE)
CORE = Group(id="core", name="Core", members=frozenset({PLATFORM.id}))
COMMUNITY = Community.of(member(9, MemberKind.OTHER).id, "Hub", EVERYBODY, [CORE])
EVERYONE = Audience(community=True)


def item(
    author: Member, audience: Audience = EVERYONE, *, type_: str = "malware", tlp: Tlp = Tlp.GREEN
) -> StixObject:
    return new_object(
        type_,
        now=NOW,
        entropy=SeededEntropy(4),
        author=author.id,
        marking=Marking(tlp),
        fields={},
    ).with_sharing(Sharing(audience=audience, origins=frozenset({author.kind})))


def withdrawn(of: StixObject) -> StixObject:
    assert of.sharing is not None
    said = evolve(of.sharing, withdrawal=Withdrawal(why="wrong", at=NOW))
    return of.replaced(revoked=True).with_sharing(said)


def asked(
    principal: Principal,
    action: Action,
    about: StixObject | None = None,
    *,
    existing: StixObject | None = None,
    was_received: bool = False,
) -> Decision:
    return authorize(
        principal,
        action,
        about,
        community=COMMUNITY,
        now=NOW,
        existing=existing,
        was_received=was_received,
    )


@pytest.mark.parametrize(
    ("principal", "rights"),
    [
        (Principal(PLATFORM), RIGHTS),
        (Principal(PLATFORM, "ada", Role.READER), {"read"}),
        (Principal(PLATFORM, "ada", Role.ANALYST), {"read", "submit"}),
        (Principal(PLATFORM, "ada", Role.REVIEWER), RIGHTS - {"administer"}),
        (Principal(PLATFORM, "ada", Role.STEWARD), RIGHTS),
        (Principal(LAB), {"read", "administer"}),
        (Principal(LAB, "ada", Role.ANALYST), {"read"}),
        (Principal(STATE), RIGHTS - {"overlap"}),
        (Principal(TIPSTER, "ada", Role.REVIEWER), {"read", "submit", "withdraw"}),
        (Principal(evolve(PLATFORM, active=False)), set()),
        (Principal(PLATFORM, scope=Scope(rights=frozenset({Action.SUBMIT}))), {"submit"}),
    ],
)
def test_kind_role_and_scope_each_take_away_and_none_adds(
    principal: Principal, rights: set[str]
) -> None:
    assert principal.rights == rights


def test_a_right_is_asked_for_before_any_object() -> None:
    reader = Principal(PLATFORM, "ada", Role.READER)
    assert asked(reader, Action.READ).allowed
    assert asked(reader, Action.OVERLAP).rule == "right"
    assert asked(reader, Action.UPDATE, item(PLATFORM)).rule == "right"


def test_rights_are_those_of_the_member_as_it_is_now_not_as_it_was_at_the_login() -> None:
    gone = evolve(
        COMMUNITY, members={**COMMUNITY.members, PLATFORM.id: evolve(PLATFORM, active=False)}
    )
    said = authorize(Principal(PLATFORM), Action.READ, item(OTHER), community=gone, now=NOW)
    assert (said.allowed, said.rule) == (False, "left")


@pytest.mark.parametrize(
    ("scope", "tlp", "allowed"),
    [
        (Scope(tlp=Tlp.AMBER), Tlp.AMBER, True),
        (Scope(tlp=Tlp.AMBER), Tlp.AMBER_STRICT, False),
        (Scope(tlp=Tlp.CLEAR), Tlp.GREEN, False),
        (Scope(types=frozenset({"malware"})), Tlp.AMBER, True),
        (Scope(types=frozenset({"indicator"})), Tlp.AMBER, False),
        (Scope(types=frozenset()), Tlp.CLEAR, False),
    ],
)
def test_a_scope_ends_at_its_types_and_its_tlp_even_for_ones_own(
    scope: Scope, tlp: Tlp, allowed: bool
) -> None:
    mine, theirs = item(PLATFORM, tlp=tlp), item(OTHER, tlp=tlp)
    principal = Principal(PLATFORM, scope=scope)
    assert asked(principal, Action.READ, theirs).allowed is allowed
    assert asked(principal, Action.READ, mine).allowed is allowed
    assert asked(principal, Action.SUBMIT, mine).allowed is allowed
    refused = asked(principal, Action.READ, mine)
    assert refused.rule == ("author" if allowed else "scope")
    assert all(each.rank <= scope.tlp.rank for each in scope.tlps or ())
    assert (scope.tlps is None) == (scope.tlp is Tlp.RED)


def test_a_guest_receives_only_what_names_it_and_is_in_no_group() -> None:
    words = Audience(
        community=True, kinds=frozenset(MemberKind), groups=frozenset({"all"}),
        members=frozenset({TIPSTER.id}),
    )  # fmt: skip
    inside = Group(id="all", name="All", members=frozenset(each.id for each in EVERYBODY))
    community = evolve(COMMUNITY, groups={"all": inside})
    reach = recipients(item(PLATFORM, words), community, now=NOW)
    assert set(reach.receivers) == {OTHER.id, TIPSTER.id}
    assert reach.decisions[LAB.id].rule == "guest"


def test_a_tipster_sends_tips_and_nothing_else() -> None:
    said = asked(Principal(TIPSTER), Action.SUBMIT, item(TIPSTER))
    assert (said.allowed, said.rule) == (False, "tipster")
    for type_ in (TIP_TYPE, "x-tocsin-sealed"):
        assert asked(Principal(TIPSTER), Action.SUBMIT, item(TIPSTER, type_=type_)).allowed


def test_a_group_that_is_not_ones_own_is_refused_in_the_same_words_as_one_that_is_not_there() -> (
    None
):
    def refusal(group: str) -> str:
        audience = Audience(groups=frozenset({group}))
        said = asked(Principal(OTHER), Action.SUBMIT, item(OTHER, audience))
        assert (said.allowed, said.rule) == (False, "group")
        return said.why.replace(group, "GROUP")

    assert refusal("core") == refusal("nowhere")


def test_what_was_said_to_a_group_can_be_taken_back_there_after_leaving_it() -> None:
    once = item(OTHER, Audience(groups=frozenset({"core"})))
    back = withdrawn(once)
    assert asked(Principal(OTHER), Action.SUBMIT, back, existing=once).allowed
    assert asked(Principal(OTHER), Action.WITHDRAW, back, existing=once).allowed
    assert asked(Principal(OTHER), Action.SUBMIT, once, existing=once).rule == "group"


def test_what_was_withdrawn_stays_so_and_is_read_by_whoever_had_it() -> None:
    once = item(PLATFORM, Audience(members=frozenset({OTHER.id})))
    back = withdrawn(once)
    assert asked(Principal(PLATFORM), Action.UPDATE, once, existing=back).rule == "revoked"
    assert asked(Principal(LAB), Action.READ, back).rule == "guest"
    assert asked(Principal(LAB), Action.READ, back, was_received=True).rule == "withdrawn"
    assert not asked(Principal(LAB), Action.READ, once, was_received=True).allowed


def test_an_expired_release_is_read_by_its_author_alone() -> None:
    made = item(PLATFORM)
    assert made.sharing is not None
    past = made.with_sharing(evolve(made.sharing, expires=NOW - timedelta(seconds=1)))
    assert asked(Principal(PLATFORM), Action.READ, past).allowed
    assert asked(Principal(OTHER), Action.READ, past).rule == "expired"
