"""What was sealed to this node and could not be opened: named as long as nothing later could be."""

from tocsin.exchange.arrival import Refusal
from tocsin.exchange.incoming import REFUSAL
from tocsin.trust import SEALED_TYPE
from tocsin.vault import Snapshot


def unread(view: Snapshot) -> tuple[Refusal, ...]:
    """Return the sealed objects that were refused, the earliest first.

    A sealed object has the random part of the id of what it holds (`trust.sealed_id_of`), so a
    later version that did open is recognised by it.
    """
    refused = {
        number: each
        for each in view.documents.list(REFUSAL)
        for kind, _, number in [each.id.partition("--")]
        if kind == SEALED_TYPE
    }
    if refused:
        for each in view.shared.iterate():
            refused.pop(each.id.partition("--")[2], None)
    return tuple(Refusal(each.id, str(each.body.get("why"))) for each in refused.values())
