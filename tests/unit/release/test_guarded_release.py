"""What a guard stops stays at the node until a person lets it pass, with a reason."""

import pytest

from tests.unit.release.desk_work import previewed, released, terms
from tests.unit.release_desk import Desk
from tocsin.foundation import RefusedError
from tocsin.vault import guard_lists, keep_allowed, keep_own, keep_popular


def test_what_a_guard_stops_stays_and_the_preview_says_why_and_the_way_on(desk: Desk) -> None:
    desk.vault.write(lambda tx: keep_popular(tx, ["popular.example"]))
    desk.vault.write(lambda tx: keep_own(tx, {"lab.example": "Example Lab"}))
    case = desk.case("evil.example", "popular.example", "a.lab.example", "wordpress.com")

    preview = previewed(desk, case, terms(desk, "community"))

    assert [draft.label for draft in preview.drafts] == ["evil.example"]
    whys = {each.name: each.why for each in preview.held}
    assert whys["popular.example"].startswith("popular-domain: ")
    assert whys["a.lab.example"].startswith("own-domain: a.lab.example belongs to Example Lab")
    assert whys["wordpress.com"].startswith("shared-host: ")
    assert all("`tocsin guard allow`" in each for each in whys.values())


def test_a_person_lets_one_pass_and_the_reason_stays_at_the_node(desk: Desk) -> None:
    desk.vault.write(lambda tx: keep_popular(tx, ["popular.example"]))
    case = desk.case("popular.example")
    with pytest.raises(RefusedError, match="popular-domain"):
        previewed(desk, case, terms(desk, "community"))
    why = "a page there is theirs"

    key = "domain:popular.example"
    desk.vault.write(lambda tx: keep_allowed(tx, key, allowed=True, why=why, by="ada"))
    done = released(desk, previewed(desk, case, terms(desk, "community")))

    with desk.vault.read() as view:
        bodies = [each.body for each in view.shared.page()]
        (said,) = view.documents.history("guard-allowed", key)
    assert len(done.objects) == len(bodies) == 1
    assert why.encode() not in bodies[0]
    assert (said.body["why"], said.by) == (why, "ada")

    desk.vault.write(lambda tx: keep_allowed(tx, key, allowed=False, why="an error", by="ada"))
    with desk.vault.read() as view:
        assert guard_lists(view).allowed == frozenset()
