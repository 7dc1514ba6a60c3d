"""What a person does at the desk: terms, a preview, a release, a look at the outbox."""

from typing import Any

from tests.unit.release_desk import Desk
from tocsin.cases import Case
from tocsin.policy import audience_of
from tocsin.records import Marking, Tlp
from tocsin.release import Preview, Released, Terms, commit, prepare
from tocsin.vault import Shared


def terms(desk: Desk, *to: str, tlp: Tlp = Tlp.GREEN, **more: Any) -> Terms:
    return Terms(audience=audience_of(to, desk.community), marking=Marking(tlp), **more)


def previewed(desk: Desk, case: Case, chosen: Terms, *, by: str = "ada", **more: Any) -> Preview:
    return prepare(
        case,
        chosen,
        author=desk.author,
        community=desk.community,
        vault=desk.vault,
        clock=desk.clock,
        by=by,
        **more,
    )


def released(desk: Desk, preview: Preview) -> Released:
    return commit(
        preview,
        community=desk.community,
        vault=desk.vault,
        keyring=desk.keyring,
        entropy=desk.entropy,
        by="ada",
    )


def outbox(desk: Desk) -> list[Shared]:
    with desk.vault.read() as snapshot:
        return snapshot.outbox.due(desk.clock.now())
