"""The cases of one node, kept as private documents of its vault."""

from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import frozen

from tocsin.cases.assessment import Assessment, Statement, cited_items
from tocsin.cases.case import Case
from tocsin.cases.claims import check_superseded
from tocsin.cases.contents import FINDING_KIND, with_contents
from tocsin.cases.reviewing import Verdict
from tocsin.foundation import BadInputError, Clock, Entropy, RefusedError
from tocsin.records import FINDING_TYPE, Claim, Finding, StixObject
from tocsin.records.stix import is_stix_id, new_id
from tocsin.vault import Holding, Snapshot, Transaction, Vault

_KIND = "case"


@frozen
class Casebook:
    """Open, find and change cases; each change is one logged revision."""

    vault: Vault
    clock: Clock
    entropy: Entropy

    def open(self, title: str, *, by: str, items: Iterable[str] = ()) -> Case:
        """Open a case of that title, or return the one that has it, with `items` added."""

        def work(tx: Transaction) -> Case:
            found = [case for case in _stored(tx) if case.title.casefold() == title.casefold()]
            if found:
                case = found[0].with_items(items)
                return _keep(tx, case, by) if case != found[0] else with_contents(case, tx)
            case = Case(
                id=new_id("grouping", self.entropy),
                title=title,
                opened_by=by,
                opened_at=self.clock.now(),
            )
            return _keep(tx, case.with_items(items), by)

        return self.vault.write(work)

    def all(self) -> list[Case]:
        """Return every case, the oldest first."""
        with self.vault.read() as snapshot:
            cases = [with_contents(case, snapshot) for case in _stored(snapshot)]
        return sorted(cases, key=_age)

    def find(self, name_or_id: str) -> Case:
        """Return the case of that id, title, or unique beginning of a title.

        Raises:
            BadInputError: when there is none or several.
        """
        wanted = name_or_id.strip().casefold()
        with self.vault.read() as snapshot:
            cases = sorted(_stored(snapshot), key=_age)
            exact = [case for case in cases if wanted in (case.id, case.title.casefold())]
            found = exact or [case for case in cases if case.title.casefold().startswith(wanted)]
            if len(found) == 1 and wanted:
                return with_contents(found[0], snapshot)
        titles = "; ".join(case.title for case in cases) or "none yet"
        problem = "fits several cases" if found else "is no case here"
        raise BadInputError(f"{name_or_id!r} {problem}", hint=f"cases: {titles}")

    def add(
        self, case: Case, items: Iterable[str], *, by: str, findings: Iterable[Finding] = ()
    ) -> Case:
        """Add objects that the vault holds, and findings, which it keeps from now on.

        Raises:
            BadInputError: for an id that is not held here.
        """
        added = list(items)
        kept = {each.id: each.to_json() for each in findings}

        def work(tx: Transaction) -> Case:
            for item in added:
                if not is_stix_id(item) or not _is_held(item, tx):
                    raise BadInputError(
                        f"{item!r} is not held by this node", hint="import or sync it first"
                    )
            tx.documents.put_all(FINDING_KIND, list(kept.items()), by=by)
            return _keep(tx, case_in(tx, case.id).with_items((*added, *kept)), by)

        return self.vault.write(work)

    def remove(self, case: Case, items: Iterable[str], *, by: str) -> Case:
        """Take items out of a case; the node holds them still.

        Raises:
            BadInputError: for an id that the case does not hold.
        """
        taken = list(items)

        def work(tx: Transaction) -> Case:
            now = case_in(tx, case.id)
            for item in taken:
                if item not in now.items:
                    raise BadInputError(
                        f"{item!r} is not in {now.title!r}",
                        hint="`tocsin case show CASE --json` lists what is",
                    )
            return _keep(tx, now.without_items(taken), by)

        return self.vault.write(work)

    def claim(self, case: Case, claim: Claim, *, author: str, by: str) -> StixObject:
        """Record a claim and add it to a case.

        Args:
            author: id of this node's organisation.

        Raises:
            BadInputError, RefusedError: see `check_superseded`.
        """
        item = claim.to_object(
            now=self.clock.now(), entropy=self.entropy, author=author, marking=None
        )

        def work(tx: Transaction) -> StixObject:
            check_superseded(claim, tx)
            tx.private.hold([Holding(object=item)], by=by)
            _keep(tx, case_in(tx, case.id).with_items([item.id]), by)
            return item

        return self.vault.write(work)

    def review(
        self, case: Case, *, by: str, verdict: Verdict, why: str, untold: Iterable[str] = ()
    ) -> Case:
        """Record a second person's decision; see `Case.reviewed` for what is refused."""
        at, names = self.clock.now(), tuple(untold)
        return self._change(
            case, by, lambda now: now.reviewed(by=by, verdict=verdict, why=why, at=at, untold=names)
        )

    def assess(self, case: Case, said: Statement, *, by: str, anew: bool = False) -> Case:
        """Record an assessment: what was said before, with what is said now.

        The same again changes nothing, so that no review lapses by it.

        Args:
            anew: leave out what was said before.

        Raises:
            BadInputError: when it states nothing, is sure of nothing, or rests on what is not in
                the case.
        """
        at = self.clock.now()

        def change(now: Case) -> Case:
            for item in cited_items(said):
                if item not in now.items:
                    raise BadInputError(
                        f"{item} is evidence, but not in {now.title!r}",
                        hint="add it first: `tocsin case add`",
                    )
            before = now.assessment
            made = Assessment.made(None if anew else before, said, by=by, at=at)
            return now if before and made.says_the_same(before) else now.assessed(made)

        return self._change(case, by, change)

    def _change(self, case: Case, by: str, change: Callable[[Case], Case]) -> Case:
        return self.vault.write(lambda tx: _keep(tx, change(case_in(tx, case.id)), by))


def case_in(view: Snapshot, case_id: str) -> Case:
    """Return a case as it stands in this transaction, reviews held against what it holds now.

    Raises:
        RefusedError: when there is none.
    """
    kept = view.documents.get(_KIND, case_id)
    if kept is None:
        raise RefusedError(f"{case_id} is no case here", hint="see `tocsin case list`")
    return with_contents(Case.from_json(kept.body), view)


def move_items(
    tx: Transaction, source: Case, target: Case, items: Iterable[str], *, by: str
) -> None:
    """Take items out of one case and put them into another."""
    moved = tuple(items)
    _keep(tx, case_in(tx, source.id).without_items(moved), by)
    _keep(tx, case_in(tx, target.id).with_items(moved), by)


def _is_held(item: str, view: Snapshot) -> bool:
    if item.startswith(f"{FINDING_TYPE}--"):
        return view.documents.get(FINDING_KIND, item) is not None
    return view.private.get(item) is not None or view.shared.get(item) is not None


def _stored(view: Snapshot) -> list[Case]:
    """Return every case without what its items hold: enough to find one by name."""
    return [Case.from_json(each.body) for each in view.documents.list(_KIND)]


def _age(case: Case) -> tuple[datetime, str]:
    return case.opened_at, case.id


def _keep(tx: Transaction, case: Case, by: str) -> Case:
    kept = with_contents(case, tx)
    tx.documents.put(_KIND, case.id, kept.to_json(), by=by)
    return kept
