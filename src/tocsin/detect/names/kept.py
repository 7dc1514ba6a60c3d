"""The watchlist of a node: each entity a document of its vault, private and never released."""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from tocsin.detect.names.entities import Entity, entity_from
from tocsin.foundation import BadInputError, Entropy
from tocsin.records import new_id
from tocsin.vault import Snapshot, Transaction, Vault

ENTITY_TYPE: Final = "x-tocsin-watched-entity"
_KIND: Final = "watchlist-entity"


@frozen
class Watchlist:
    """Add, list and remove the entities that a node watches over."""

    vault: Vault
    entropy: Entropy

    def add(self, entities: Iterable[Entity], *, by: str) -> tuple[int, int]:
        """Keep entities; one of the same name is replaced.

        Returns:
            How many are new, and how many were changed.
        """
        wanted = tuple(entities)

        def work(tx: Transaction) -> tuple[int, int]:
            known, new, changed = _kept(tx), 0, 0
            for each in wanted:
                id_, before = known.get(each.name.casefold(), (None, None))
                if before == each:
                    continue
                new, changed = new + (id_ is None), changed + (id_ is not None)
                id_ = id_ or new_id(ENTITY_TYPE, self.entropy)
                tx.documents.put(_KIND, id_, each.to_json(), by=by)
            return new, changed

        return self.vault.write(work)

    def all(self) -> tuple[Entity, ...]:
        """Return the entities by name."""
        with self.vault.read() as view:
            known = _kept(view)
        return tuple(known[name][1] for name in sorted(known))

    def remove(self, name: str, *, by: str) -> None:
        """Forget an entity; the log keeps that there was one.

        Raises:
            BadInputError: when none has that name.
        """

        def work(tx: Transaction) -> None:
            known = _kept(tx).get(name.strip().casefold())
            if known is None:
                raise BadInputError(f"{name!r} is not watched", hint="see `tocsin watchlist list`")
            tx.documents.erase(_KIND, known[0], why="it is not watched any more", by=by)

        self.vault.write(work)


def _kept(view: Snapshot) -> dict[str, tuple[str, Entity]]:
    """Return the entities with the ids of their documents, by name."""
    found = (
        (each.id, entity_from(each.body, "the kept watchlist"))
        for each in view.documents.list(_KIND)
    )
    return {entity.name.casefold(): (id_, entity) for id_, entity in found}
