"""Nothing that an outsider can read depends on what it may not see.

Pairs of worlds live through the same public history; in one of them secrets happen besides:
objects that the reader does not receive and what becomes of them, groups that it is not in, tokens,
readings and askings of others, who is behind an unnamed object. After each step all that the reader
gets by every route must be the same, byte for byte: status, headers, body, pages and their `next`.

The log's routes are left out: its size and head change with every act, see
docs/explanation/what-others-learn.md.
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from attrs import define, field

from tests.simulation.access.asgi import Loop
from tests.simulation.access.twins import (
    ASKING,
    KINDS,
    Template,
    Twin,
    draft,
    everything,
    member_id,
    random_id,
)
from tocsin.records import MemberKind, StixObject

LONG = os.environ.get("TOCSIN_LONG") == "1"
RUNS = 500 if LONG else 12
STEPS = 20
"""Each step makes another pair of worlds, which differ in all secrets so far: 10,000 and 240."""

GLANCES = 15 if LONG else 5
"""Looks after each step, drawn from all; after the last step, all of them."""

READERS = ("carl", "dora", "eve", "guest", "tipster", "carl, to green")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template.make(tmp_path_factory.mktemp("twins") / "template")


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    opened = Loop()
    yield opened
    opened.close()


@define
class Sent:
    """An object of the history."""

    id: str
    author: str
    audience: list[str]
    terms: dict[str, object]
    sent_at: datetime
    version: int = 0
    is_gone: bool = False


@define
class History:
    """What happens in the two worlds; `left` alone has the secrets."""

    left: Twin
    right: Twin
    reader: str
    rng: Random
    step: int = 0
    public: list[Sent] = field(factory=list)
    hidden: list[Sent] = field(factory=list)
    groups: list[str] = field(factory=list)
    ours: list[str] = field(factory=list)
    told: list[str] = field(factory=list)

    @property
    def organisation(self) -> str:
        return self.reader.partition(",")[0]

    @property
    def others(self) -> list[str]:
        return [name for name in KINDS if name != self.organisation]

    def go_on(self) -> None:
        """Live through one step: time passes, then secrets and something public happen."""
        self.step += 1
        # Often no time at all: ticks must not tell of what came in between.
        by = self.rng.choice([0, 0, 1e-6, 0.5, 7.25, 4_000])
        if self.reader not in KINDS:
            # The times of one organisation are common to all its tokens, see the page.
            by += 1
        for twin in (self.left, self.right):
            twin.clock.advance(seconds=by)
        for number in range(self.rng.randrange(1, 4)):
            self.left.entropy.begin(f"secret {self.step} {number}")
            self._secret()
        if self.reader not in KINDS:
            for twin in (self.left, self.right):
                twin.clock.advance(seconds=1)
        self._public()
        for twin in (self.left, self.right):
            twin.entropy.begin(f"look {self.step}")

    def _both(self) -> Iterator[Twin]:
        for twin in (self.left, self.right):
            twin.entropy.begin(f"public {self.step}")
            yield twin

    # -- what happens in both ----------------------------------------------------------------

    def _public(self) -> None:
        acts = [self._share, self._share, self._share_unnamed, self._change, self._our_group,
                self._reader_sends, self._read_by_reader, self._reader_asks]  # fmt: skip
        self.rng.choice(acts)()

    def _seen_audience(self) -> list[str]:
        me = f"member:{member_id(self.organisation)}"
        if KINDS[self.organisation][1]:
            return [me]
        return self.rng.choice([["community"], [me], [me, f"member:{member_id('anna')}"]])

    def _share(self) -> None:
        author = self.rng.choice(self.others[:3])
        expires = self._now + timedelta(hours=1) if self.rng.random() < 0.3 else None
        sent = self._new(author, self._seen_audience(), {"expires": expires})
        for twin in self._both():
            assert twin.send(author, self._draft(sent)) is None
        self.public.append(sent)

    def _share_unnamed(self) -> None:
        """The same object, but by somebody else in each world."""
        authors = self.rng.sample([each for each in self.others if not KINDS[each][1]], 2)
        authors = [each for each in authors if KINDS[each][0] != "government"] * 2
        authorship = self.rng.choice(["member", "none"])
        sent = self._new(authors[0], self._seen_audience(), {"authorship": authorship})
        for twin, author in zip(self._both(), authors, strict=False):
            assert twin.send(author, self._draft(sent)) is None

    def _change(self) -> None:
        live = [each for each in self.public if not each.is_gone]
        if not live:
            return
        sent = self.rng.choice(live)
        how = self.rng.choice(["update", "withdraw", "delete"])
        sent.version += 1
        sent.is_gone = how != "update"
        for twin in self._both():
            if how == "delete":
                twin.delete(sent.author, sent.id)
            else:
                assert twin.send(sent.author, self._draft(sent, how == "withdraw")) is None

    def _our_group(self) -> None:
        """A group that the reader is in, or that it leaves."""
        if KINDS[self.organisation][1]:
            return
        if self.ours and self.rng.random() < 0.5:
            group = self.ours.pop()
            for twin in self._both():
                twin.convenor.remove_from_group(group, self.organisation)
            return
        name = f"ours-{self.step}"
        self.ours.append(name)
        for twin in self._both():
            group = twin.convenor.create_group(name, [self.organisation, "anna"]).id
        sent = self._new("anna", [f"group:{group}"], {})
        for twin in self._both():
            assert twin.send("anna", self._draft(sent)) is None
        self.public.append(sent)

    def _reader_sends(self) -> None:
        """The reader tries what it should learn nothing from, and is told the same."""
        if self.reader not in KINDS:
            return
        groups = [f"group:{each}" for each in self.told] or [f"group:{self._uuid()}"]
        hidden = [each.id for each in self.hidden] or [random_id("indicator", self.rng)]
        audience, source = self.rng.choice(
            [(self.rng.choice(groups), None), ("community", self.rng.choice(hidden))]
        )
        sent = self._new(
            self.reader, [audience], {"derived_from": [source] if source else [], "tlp": "clear"}
        )
        left, right = [twin.send(self.reader, self._draft(sent)) for twin in self._both()]
        assert left == right

    def _reader_asks(self) -> None:
        if KINDS[self.organisation][1]:
            return
        asking = random_id("x-tocsin-overlap", self.rng)
        for twin in self._both():
            twin.ask(self.organisation, "anna", asking)

    def _read_by_reader(self) -> None:
        for twin in self._both():
            twin.fetch(self.reader)

    # -- what happens in one -----------------------------------------------------------------

    def _secret(self) -> None:
        acts = [self._hide, self._hide, self._change_hidden, self._other_group, self._other_token,
                self._other_asking, self._other_reads, self._invite]  # fmt: skip
        self.rng.choice(acts)()

    def _hide(self) -> None:
        author = self.rng.choice([each for each in self.others if each not in ("tipster",)])
        scoped = self.reader == "carl, to green"
        audiences: list[list[str]] = [[], [f"member:{member_id('bert')}"]]
        audiences += [[f"group:{group}"] for group in self.told if author in ("anna", "bert")]
        if KINDS[self.organisation][1]:
            audiences += [["community"], ["kind:platform"]]
        elif self.organisation != "dora":
            audiences.append(["kind:research"])
        terms: dict[str, object] = {
            "tlp": self.rng.choice(["amber", "amber+strict"]) if scoped else "amber",
            "authorship": self.rng.choice(["named", "member", "none"]),
            "expires": self._now + timedelta(hours=1) if self.rng.random() < 0.3 else None,
        }
        if scoped:
            audiences.append(["community"])
        if self.hidden and self.rng.random() < 0.3:
            terms["origins"] = [KINDS[author][0], "platform", "research", "government", "target"]
        sent = self._new(author, self.rng.choice(audiences), terms)
        if self.left.send(author, self._draft(sent)) is None:
            self.hidden.append(sent)

    def _change_hidden(self) -> None:
        live = [each for each in self.hidden if not each.is_gone]
        if not live:
            return
        sent = self.rng.choice(live)
        how = self.rng.choice(["update", "withdraw", "delete"])
        sent.version += 1
        sent.is_gone = how != "update"
        if how == "delete":
            self.left.delete(sent.author, sent.id)
        else:
            self.left.send(sent.author, self._draft(sent, how == "withdraw"))

    def _other_group(self) -> None:
        if self.groups and self.rng.random() < 0.6:
            group = self.rng.choice(self.groups)
            act = self.rng.randrange(3)
            if act == 0:
                self.left.convenor.add_to_group(
                    group, "eve" if self.organisation != "eve" else "dora"
                )
            elif act == 1:
                self.left.convenor.remove_from_group(group, "bert")
            else:
                self.groups.remove(group)
                self.left.convenor.delete_group(group)
            return
        name = f"theirs-{self.step}-{len(self.told)}"
        group_id = self.left.convenor.create_group(name, ["anna", "bert"]).id
        self.groups.append(name)
        self.told.append(group_id)

    def _other_token(self) -> None:
        issued = self.left.desk.issue("anna", person=f"person {self.step}")
        if self.rng.random() < 0.5:
            self.left.door.call("GET", "/taxii2/", issued.secret)
            self.left.desk.revoke(issued.token.id)
            self.left.door.call("GET", "/taxii2/", issued.secret)

    def _other_asking(self) -> None:
        pair = [name for name in ("anna", "bert", "dora") if name != self.organisation][:2]
        self.left.ask(pair[0], pair[1], ASKING)

    def _other_reads(self) -> None:
        self.left.fetch(self.rng.choice(["anna", "bert"]))

    def _invite(self) -> None:
        kind = self.rng.choice(["platform", "research"])
        self.left.convenor.invite(MemberKind(kind), "somebody")

    # -- forms ---------------------------------------------------------------------------------

    @property
    def _now(self) -> datetime:
        return self.right.clock.now()

    def _uuid(self) -> str:
        return random_id("x", self.rng).removeprefix("x--")

    def _new(self, author: str, audience: list[str], terms: dict[str, object]) -> Sent:
        type_ = self.rng.choice(["infrastructure", "malware", "tool"])
        return Sent(random_id(type_, self.rng), author, audience, terms, self._now)

    def _draft(self, sent: Sent, withdrawn: bool = False) -> StixObject:
        return draft(
            sent.id, sent.author, sent.sent_at, sent.audience, version=sent.version,
            withdrawn=withdrawn, **sent.terms,  # type: ignore[arg-type]
        )  # fmt: skip

    def known_ids(self) -> list[str]:
        found = [each.id for each in (*self.public, *self.hidden)]
        return self.rng.sample(found, min(len(found), 4))


@pytest.mark.parametrize("seed", range(RUNS))
def test_what_a_reader_gets_is_the_same_whatever_is_hidden_from_it(
    seed: int, template: Template, loop: Loop, tmp_path: Path
) -> None:
    rng = Random(seed)  # noqa: S311 - repeatable on purpose
    reader = READERS[seed % len(READERS)]
    twins = [Twin(tmp_path / side, template, loop) for side in ("left", "right")]
    try:
        history = History(twins[0], twins[1], reader, rng)
        for step in range(1, STEPS + 1):
            history.go_on()
            looks = everything(reader, template.readers[reader], history.known_ids(), rng)
            for look in looks if step == STEPS else rng.sample(looks, GLANCES):
                left, right = (look(twin) for twin in twins)
                assert left == right, (reader, history.step)
    finally:
        for twin in twins:
            twin.close()


def test_a_secret_that_the_reader_receives_does_show(
    template: Template, loop: Loop, tmp_path: Path
) -> None:
    """The negative control: the looks see what there is to see."""
    twins = [Twin(tmp_path / side, template, loop) for side in ("left", "right")]
    try:
        history = History(twins[0], twins[1], "carl", Random(1))  # noqa: S311 - repeatable
        sent = history._new("anna", ["community"], {})
        assert twins[0].send("anna", history._draft(sent)) is None
        looks = everything("carl", template.readers["carl"], [sent.id], history.rng)
        assert sum(look(twins[0]) != look(twins[1]) for look in looks) > 10
    finally:
        for twin in twins:
            twin.close()
