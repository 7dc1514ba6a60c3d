"""Tokens: what the convenor issues, what they open, and how they end."""

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import TokenDesk, membership_of
from tocsin.exchange.server.logins import MAX_ADDRESSES, MAX_FAILURES, FailedLogins
from tocsin.foundation import BadInputError, RefusedError
from tocsin.policy import Action, Role
from tocsin.records import Audience, MemberKind, Tlp

OBJECTS = "/taxii2/community/collections/visible/objects/"
ACCEPT = {"Accept": "application/taxii+json;version=2.1"}


def _desk(world: World) -> TokenDesk:
    return TokenDesk(world.exchange, world.clock, world.entropy)


def _get(world: World, token: str, path: str = OBJECTS, **headers: str) -> httpx.Response:
    with world.connect(URL) as client:
        said = {**ACCEPT, "Authorization": f"Bearer {token}", **headers}
        return client.get(path, headers=said)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _flush(world: World) -> None:
    """Wait for what was queued before: the hour of use is written behind the answer."""
    world.exchange.vault.write(lambda _: None)


def test_an_issued_token_reads_as_its_organisation_within_its_scope(world: World) -> None:
    alpha = world.nodes["alpha"]
    for tlp in (Tlp.GREEN, Tlp.AMBER):
        item = world.draft(alpha, Audience(community=True), tlp=tlp, value=f"{tlp}.example")
        world.release("alpha", item)
    world.sync("alpha")
    green = _desk(world).issue("beta", person="ada", role=Role.READER, tlp=Tlp.GREEN)
    whole = _desk(world).issue("beta", person="ada", role=Role.READER)
    assert len(_get(world, green.secret).json()["objects"]) == 1
    assert len(_get(world, whole.secret).json()["objects"]) == 2


def test_a_token_without_the_right_is_refused_with_403_and_an_unknown_one_with_401(
    world: World,
) -> None:
    reader = _desk(world).issue("beta", person="ada", role=Role.READER).secret
    askings = "/tocsin/v1/directory"
    assert _get(world, reader, askings).status_code == 200
    with world.connect(URL) as client:
        refused = client.put("/tocsin/v1/keys", headers={"Authorization": f"Bearer {reader}"})
    assert refused.status_code == 403
    assert _get(world, "tocsin-member-x").status_code == 401


def test_missing_wrong_revoked_expired_and_unbound_tokens_get_one_answer(world: World) -> None:
    desk = _desk(world)
    revoked = desk.issue("beta", person="ada")
    desk.revoke(revoked.token.id)
    expired = desk.issue("beta", person="ada", lasts=timedelta(hours=1))
    bound = desk.issue("beta", person="ada", certificate="ab" * 32)
    renamed = desk.issue("beta", person="ada")
    world.clock.advance(hours=1)
    answers = [
        _get(world, ""),
        _get(world, "tocsin-member-invented"),
        *(_get(world, each.secret) for each in (revoked, expired, bound)),
        _get(world, "", Authorization=_basic("somebody", renamed.secret)),
        _get(world, bound.secret, **{"X-Client-Cert": "ab" * 32, "X-SSL-Client-SHA256": "ab" * 32}),
    ]
    assert {(each.status_code, each.text, str(each.headers)) for each in answers} == {
        (401, answers[0].text, str(answers[0].headers))
    }


@pytest.mark.parametrize("user", ["beta", "ada", "id"])
def test_basic_takes_the_organisations_id_or_name_or_the_persons_name(
    world: World, user: str
) -> None:
    issued = _desk(world).issue("beta", person="ada")
    name = world.nodes["beta"].id if user == "id" else user
    answer = _get(world, "", Authorization=_basic(name, issued.secret))
    assert answer.status_code == 200


def test_the_list_tells_scope_and_hour_of_use_and_no_secret(world: World) -> None:
    issued = _desk(world).issue(
        "beta", person="ada", role=Role.REVIEWER, rights=[Action.READ, Action.OVERLAP],
        types=["indicator"], tlp=Tlp.AMBER,
    )  # fmt: skip
    world.clock.advance(minutes=42)
    _get(world, issued.secret)
    _flush(world)
    found = next(each for each in _desk(world).list() if each.id == issued.token.id)
    assert found.grant is not None
    assert found.grant.rights == {Action.READ, Action.OVERLAP}
    assert found.last_used == world.clock.now().replace(minute=0)
    with world.exchange.vault.read() as view:
        kept = json.dumps([each.body for each in view.documents.list("credential")])
        kept += json.dumps(view.settings.all())
    assert issued.secret not in kept


def test_a_persons_token_never_exceeds_its_organisation(world: World) -> None:
    world.convenor.revoke("gamma")
    with pytest.raises(RefusedError, match="nothing"):
        _desk(world).issue("gamma", person="ada")


@pytest.mark.parametrize(
    "more",
    [
        {"person": " "},
        {"person": "a:b"},
        {"lasts": timedelta(days=367)},
        {"lasts": timedelta(0)},
        {"types": ["no type!"]},
        {"certificate": "xyz"},
    ],
)
def test_a_token_that_makes_no_sense_is_not_issued(world: World, more: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        _desk(world).issue("beta", **{"person": "ada", **more})


def test_joining_again_and_leaving_end_every_token(world: World) -> None:
    issued = _desk(world).issue("beta", person="ada")
    own = membership_of(world.nodes["beta"]).credential
    world.convenor.revoke("beta")
    assert _get(world, issued.secret).status_code == 401
    assert _get(world, own).status_code == 401
    assert not [each for each in _desk(world).list() if each.is_open and each.name == "beta"]


def test_an_unused_invitation_can_be_revoked_and_an_unknown_token_not(world: World) -> None:

    world.convenor.invite(MemberKind.PLATFORM, "somebody")
    (invitation,) = [each for each in _desk(world).list() if each.name == "somebody"]
    assert invitation.is_open
    assert not _desk(world).revoke(invitation.id).is_open
    with pytest.raises(BadInputError, match="no open token"):
        _desk(world).revoke("0" * 12)


def test_too_many_wrong_credentials_make_an_address_wait_but_not_who_is_known(
    world: World,
) -> None:
    known = membership_of(world.nodes["alpha"]).credential
    assert _get(world, known).status_code == 200
    codes = {_get(world, f"tocsin-member-{number}").status_code for number in range(MAX_FAILURES)}
    assert codes == {401}
    late = _get(world, "tocsin-member-late")
    assert (late.status_code, late.headers["Retry-After"]) == (429, "60")
    assert _get(world, known).status_code == 200
    assert _get(world, "").status_code == 401
    world.clock.advance(minutes=1)
    assert _get(world, "tocsin-member-late").status_code == 401


def test_counting_failures_takes_bounded_memory(world: World) -> None:
    logins, now = FailedLogins(), world.clock.now()
    size = len(logins._failures._memory)
    for number in range(MAX_ADDRESSES + 10):
        logins.failed(f"address {number}", f"digest {number}", now)
        logins.succeeded(f"digest {number}", now)
    assert len(logins._failures._memory) == size
    counted = [logins._failures.get(f"address {at}") for at in range(MAX_ADDRESSES + 10)]
    assert MAX_ADDRESSES // 2 < sum(each is not None for each in counted) <= MAX_ADDRESSES


def test_a_credential_of_before_scopes_still_has_all_rights(world: World) -> None:
    with world.exchange.vault.read() as view:
        plain = [each.body for each in view.documents.list("credential")]
    assert all(set(each) == {"member", "active"} for each in plain)
    answer = _get(world, membership_of(world.nodes["alpha"]).credential, "/tocsin/v1/directory")
    assert answer.status_code == 200
