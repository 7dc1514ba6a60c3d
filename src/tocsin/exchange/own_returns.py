"""What this node itself said and has forgotten, since it was put back to an earlier state.

A node restored from a backup holds again what it had corrected, withdrawn or erased since. The
exchange hands it its own later versions; they stand above what the backup holds.
"""

from typing import Final

from tocsin.exchange.effects import flag_withdrawal
from tocsin.exchange.erasure import carry_out
from tocsin.exchange.republish import as_submitted
from tocsin.foundation import parse_time
from tocsin.policy import is_withdrawn
from tocsin.records import StixObject, erased_form, is_erasure
from tocsin.trust import SEALED_TYPE, KeyRing, sealed_id_of, sign_object
from tocsin.vault import Lens, Shared, Standing, Transaction

_WHY: Final = "erased by its author, whose node was restored since"
_OWN: Final = Lens(standing=frozenset({Standing.OWN}), include_revoked=True)


def adopt(tx: Transaction, item: StixObject, known: Shared, keyring: KeyRing, me: str) -> list[str]:
    """Keep a later version of this node's own, and carry out what it asks; returns new flags.

    Args:
        item: verified, as it came from the exchange.
        known: the last version here.
    """
    if item.version_at <= known.object.version_at:
        return []
    is_mine = item.author == me
    # An unnamed author's is signed by the convenor: here it stands as it was handed in.
    mine = item if is_mine else sign_object(as_submitted(item), keyring.signing)
    seen = tx.visibility.of(known.seq)
    kept = tx.shared.accept(mine, standing=Standing.OWN, by=me)
    tx.visibility.set(kept.seq, seen)
    if not is_withdrawn(mine):
        return []
    found: list[str] = []
    if is_erasure(mine):
        found += carry_out(tx, mine, by=me)
        if mine.type == SEALED_TYPE:
            found += _erase_inside(tx, mine, keyring, me)
    return [*found, *flag_withdrawal(tx, mine.id)]


def _erase_inside(tx: Transaction, outer: StixObject, keyring: KeyRing, me: str) -> list[str]:
    """Erase what had left sealed: it is not sealed for oneself, so the request is made anew."""
    at = parse_time(outer.version, field="modified")
    for held in list(tx.shared.iterate(_OWN)):
        item = held.object
        if held.type == SEALED_TYPE or is_erasure(item) or sealed_id_of(item.id) != outer.id:
            continue
        request = sign_object(erased_form(item, _WHY, at), keyring.signing)
        tx.shared.accept(request, standing=Standing.OWN, by=me)
        return carry_out(tx, request, by=me)
    return []
