"""What waits in the outbox can be stopped, by hand or because its review was taken back."""

from datetime import timedelta

import pytest

from tests.unit.release.desk_work import outbox, previewed, released, terms
from tests.unit.release_desk import START, Desk
from tocsin.cases import Case, Verdict
from tocsin.foundation import RefusedError
from tocsin.records import Tlp
from tocsin.release import Recalled, Released, Terms, recall, stop
from tocsin.trust import SEALED_TYPE, sealed_id_of

HOLD = timedelta(hours=1)


def people_terms(desk: Desk, *to: str, tlp: Tlp = Tlp.GREEN, hold: timedelta = HOLD) -> Terms:
    return terms(
        desk, *(to or ("community",)), tlp=tlp, hold=hold, purpose="find the rest",
        expires=START + timedelta(days=90), contact="desk of Pigeon",
    )  # fmt: skip


def reviewed(desk: Desk) -> Case:
    """A case with a domain and an account that bo approved."""
    return desk.approved(desk.grounded(desk.case("one.example", "https://t.me/borrowed_voice")))


def rejected(desk: Desk, case: Case) -> Recalled:
    changed = desk.book.review(case, by="bo", verdict=Verdict.REJECTED, why="a fan page")
    return recall(changed, desk.vault, by="bo")


def waiting(desk: Desk) -> list[str]:
    with desk.vault.read() as view:
        seqs = [row.seq for row in view.outbox.rows()]
        return [each.id for each in view.shared.by_seq(seqs)]


def release(desk: Desk, case: Case, chosen: Terms) -> Released:
    return released(desk, previewed(desk, case, chosen))


def test_a_rejection_stops_what_waits_on_the_review_and_nothing_else(desk: Desk) -> None:
    case = reviewed(desk)
    domain, account = release(desk, case, people_terms(desk)).objects
    assert rejected(desk, case) == Recalled(stopped=(account,))
    assert waiting(desk) == [domain]
    assert rejected(desk, case) == Recalled()


def test_what_has_left_is_named_for_withdrawal(desk: Desk) -> None:
    case = reviewed(desk)
    _, account = release(desk, case, people_terms(desk, hold=timedelta(0))).objects
    seqs = [each.seq for each in outbox(desk)]
    desk.vault.write(lambda tx: tx.outbox.mark_all_sent(seqs, desk.clock.now()))
    assert rejected(desk, case) == Recalled(left=(account,))


def test_what_waits_sealed_is_stopped_by_the_id_of_what_it_holds(desk: Desk) -> None:
    case = reviewed(desk)
    chosen = people_terms(desk, "Example Lab", tlp=Tlp.RED)
    _, account = release(desk, case, chosen).objects
    assert sealed_id_of(account) in waiting(desk)
    assert rejected(desk, case) == Recalled(stopped=(account,))
    assert sealed_id_of(account) not in waiting(desk)


def test_an_approval_that_stands_stops_nothing(desk: Desk) -> None:
    case = reviewed(desk)
    release(desk, case, people_terms(desk))
    assert recall(case, desk.vault, by="bo") == Recalled()
    assert len(waiting(desk)) == 2


def test_another_cases_rejection_stops_nothing_of_this_one(desk: Desk) -> None:
    case = reviewed(desk)
    release(desk, case, people_terms(desk))
    other = desk.case("https://t.me/another_voice", title="Other")
    assert rejected(desk, other) == Recalled()
    assert len(waiting(desk)) == 2


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.RED])
def test_what_was_stopped_leaves_under_a_fresh_id_once_it_is_released_again(
    desk: Desk, tlp: Tlp
) -> None:
    case = reviewed(desk)
    chosen = people_terms(desk, "Example Lab", tlp=tlp)
    domain, account = release(desk, case, chosen).objects
    rejected(desk, case)
    again = release(desk, desk.approved(case), chosen)
    assert again.objects[0] == domain
    assert again.objects[1] != account
    assert again.known == 1
    assert len(waiting(desk)) == 2
    types = {each.partition("--")[0] for each in waiting(desk)}
    assert types == ({SEALED_TYPE} if tlp is Tlp.RED else {"indicator"})


def test_what_was_stopped_is_shown_to_nobody(desk: Desk) -> None:
    release(desk, desk.case("one.example"), terms(desk, "community", hold=HOLD))
    with desk.vault.read() as view:
        (item,) = view.shared.by_seq(row.seq for row in view.outbox.rows())
        assert view.visibility.of(item.seq)
    desk.vault.write(lambda tx: stop(tx, [item], by="ada"))
    with desk.vault.read() as view:
        assert view.visibility.of(item.seq) == frozenset()


def test_what_has_left_cannot_be_stopped(desk: Desk) -> None:
    release(desk, desk.case("one.example"), terms(desk, "community"))
    (item,) = outbox(desk)
    desk.vault.write(lambda tx: tx.outbox.mark_sent(item.seq, desk.clock.now()))
    with pytest.raises(RefusedError, match="not waiting"):
        desk.vault.write(lambda tx: stop(tx, [item], by="ada"))
