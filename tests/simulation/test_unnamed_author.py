"""Who wrote an unnamed object shows nowhere but at the exchange and to two escrow persons together.

Two worlds live through the same history; what an unnamed author releases, changes, withdraws and
deletes in it, one member does in the left world and another one in the right; and what the one does
before it sends something under its name, the other does after, at another moment of the exchange's
interval (see `tocsin.exchange.mixing`). Two persons open
some of it, and the note that tells the author goes to one or the other. All that a third party
reads by any route must be the same: status, headers, ids, times, order, pages and sizes, byte for
byte. Of what is random in an escrow (and of the convenor's signature over it) the length is
compared, and that no value comes twice, since a repeated one would tie two objects together.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest
from attrs import define, evolve, field

from tests.simulation.access.asgi import Answer, Loop
from tests.simulation.access.twins import (
    KINDS,
    OWN,
    ROOT,
    StepEntropy,
    Template,
    Twin,
    draft,
    everything,
    member_id,
    random_id,
)
from tocsin.exchange.disclosure import begin, finish
from tocsin.exchange.escrow import EscrowDesk
from tocsin.exchange.mixing import opens_at, set_mixing
from tocsin.exchange.opening import persons_of
from tocsin.foundation import ManualClock
from tocsin.records import StixObject
from tocsin.trust import KeyRing, with_escrow
from tocsin.vault import Home

MIX = 15
"""Minutes of the exchange's interval."""

LONG = os.environ.get("TOCSIN_LONG") == "1"
RUNS = 120 if LONG else 6
STEPS = 12
GLANCES = 8

READERS = ("carl", "eve", "guest", "tipster", "carl, to green")
AUTHORS = ("anna", "bert", "dora")
START: Final = datetime.fromisoformat("2026-11-03T19:00:00+00:00")

_RANDOM = re.compile(rb'"(commitment|ciphertext|wrapped|sig)":"([A-Za-z0-9+/=]+)"')


def masked(answer: Answer) -> Answer:
    """Return an answer with every random value replaced by as many zeros."""

    def blank(found: re.Match[bytes]) -> bytes:
        return b'"%b":"%b"' % (found[1], b"0" * len(found[2]))

    return evolve(answer, body=_RANDOM.sub(blank, answer.body))


@pytest.fixture(scope="module")
def rings() -> list[KeyRing]:
    made = [KeyRing.generate(START) for _ in range(3)]
    return sorted(made, key=lambda ring: ring.sealing.key_id)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, rings: list[KeyRing]) -> Template:
    made = Template.make(tmp_path_factory.mktemp("unnamed") / "template")
    clock = ManualClock(START)
    with Home.open(made.folder, clock=clock, entropy=StepEntropy()) as home:
        set_mixing(home, MIX)
        for number, ring in enumerate(rings):
            EscrowDesk(home, clock).appoint(f"person {number}", f"house {number}", ring.public)
    return made


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    opened = Loop()
    yield opened
    opened.close()


@define
class Unnamed:
    """An object whose author is another member in each world."""

    id: str
    audience: list[str]
    terms: dict[str, object]
    authors: tuple[str, str]
    sent_at: datetime
    version: int = 0
    is_gone: bool = False


@define
class History:
    """What happens in both worlds, by the one author or the other."""

    twins: tuple[Twin, Twin]
    reader: str
    rng: Random
    rings: list[KeyRing]
    step: int = 0
    sent: list[Unnamed] = field(factory=list)
    named: list[str] = field(factory=list)

    @property
    def organisation(self) -> str:
        return self.reader.partition(",")[0]

    def go_on(self) -> None:
        self.step += 1
        by = self.rng.choice([0, 1e-6, 0.5, 7.25, 4_000])
        for twin in self.twins:
            twin.clock.advance(seconds=by)
        acts: list[Callable[[], None]] = [
            self._release, self._release, self._change, self._named, self._derive, self._open,
            self._read,
        ]  # fmt: skip
        self.rng.choice(acts)()
        if not self.sent:
            self._release()
        for twin in self.twins:
            twin.entropy.begin(f"look {self.step}")

    def known_ids(self) -> list[str]:
        found = [*(each.id for each in self.sent), *self.named]
        return self.rng.sample(found, min(len(found), 4))

    def _release(self, authorship: str = "") -> None:
        left, right = self.rng.sample([each for each in AUTHORS if each != self.organisation], 2)
        me = f"member:{member_id(self.organisation)}"
        both = [f"member:{member_id(each)}" for each in (left, right)]
        audiences = [[me], [me, *both], ["community", me]]
        sent = Unnamed(
            random_id(self.rng.choice(["malware", "tool", "infrastructure"]), self.rng),
            self.rng.choice(audiences),
            {
                "authorship": authorship or self.rng.choice(["member", "none"]),
                "tlp": self.rng.choice(["clear", "green", "amber"]),
                "expires": self._now + timedelta(hours=2) if self.rng.random() < 0.2 else None,
            },
            (left, right),
            self._now,
        )
        self._send(sent)
        self.sent.append(sent)

    def _change(self) -> None:
        live = [each for each in self.sent if not each.is_gone]
        if not live:
            return
        sent = self.rng.choice(live)
        how = self.rng.choice(["update", "withdraw", "delete"])
        sent.version += 1
        sent.is_gone = how != "update"
        if how == "delete":
            for twin, author in self._by_whom(sent):
                twin.delete(author, sent.id)
        else:
            self._send(sent, withdrawn=how == "withdraw")

    def _named(self) -> None:
        """Both possible authors send under their names as well, the same in both worlds."""
        author = self.rng.choice([each for each in AUTHORS if each != self.organisation])
        named = random_id("tool", self.rng)
        item = draft(named, author, self._now, ["community"], tlp="clear")
        outcomes = [twin.send(author, item) for twin in self._begun()]
        assert outcomes == [None, None]
        self.named.append(named)

    def _derive(self) -> None:
        """The reader answers: what it is told must not depend on who it answers."""
        if self.reader not in KINDS or not self.sent:
            return
        source = self.rng.choice(self.sent)
        item = draft(
            random_id("tool", self.rng), self.reader, self._now,
            self.rng.choice([["community"], [f"member:{member_id(self.rng.choice(AUTHORS))}"]]),
            tlp=self.rng.choice(["clear", "amber"]), derived_from=[source.id],
        )  # fmt: skip
        left, right = [twin.send(self.reader, item) for twin in self._begun()]
        assert left == right

    def _open(self) -> None:
        """Two persons open one, and hand it in; its author alone is told."""
        first, second = sorted(self.rng.sample(range(len(self.rings)), 2))
        chosen = self.rng.choice(self.sent) if self.sent else None
        if chosen is None:
            return
        for (twin, author), side in zip(self._by_whom(chosen), ("left", "right"), strict=True):
            with twin.home.vault.read() as view:
                versions = [each.object for each in view.shared.versions(chosen.id)]
            if not versions:
                continue  # it waits, in both worlds
            item = next(each for each in versions if each.sharing and each.sharing.escrow)
            persons = persons_of(twin.convenor.community())
            terms = {"why": "asked", "now": twin.clock.now()}
            half = begin(item, self.rings[first], persons, by=f"person {first}", **terms)  # type: ignore[arg-type]
            made = finish(half, self.rings[second], persons, by=f"person {second}", **terms)  # type: ignore[arg-type]
            opened = EscrowDesk(twin.home, twin.clock).hand_in(made)
            assert opened.name == author, side

    def _read(self) -> None:
        for twin in self._begun():
            twin.fetch(self.reader)

    def _send(self, sent: Unnamed, *, withdrawn: bool = False) -> None:
        for twin, author in self._by_whom(sent):
            item = draft(
                sent.id, author, sent.sent_at, sent.audience, version=sent.version,
                withdrawn=withdrawn, **sent.terms,  # type: ignore[arg-type]
            )  # fmt: skip
            key = twin.template.keys[author]
            why = twin.send(
                author, with_escrow(item, twin.convenor.community(), member_id(author), key)
            )
            assert why is None, why

    def _by_whom(self, sent: Unnamed) -> Iterator[tuple[Twin, str]]:
        return zip(self._begun(), sent.authors, strict=True)

    def _begun(self) -> Iterator[Twin]:
        for twin in self.twins:
            twin.entropy.begin(f"step {self.step}")
            yield twin

    @property
    def _now(self) -> datetime:
        return self.twins[0].clock.now()


@define
class Lived:
    """Two worlds at some time of their history, and the looks at them."""

    history: History
    template: Template

    def differences(self, glances: int | None = None) -> int:
        """Return how many of the looks tell the worlds apart."""
        rng, reader = self.history.rng, self.history.reader
        looks = everything(reader, self.template.readers[reader], self.history.known_ids(), rng)
        chosen = looks if glances is None else rng.sample(looks, glances)
        pairs = [[masked(look(twin)) for twin in self.history.twins] for look in chosen]
        return sum(left != right for left, right in pairs)


@pytest.fixture
def lived(
    template: Template, loop: Loop, tmp_path: Path, rings: list[KeyRing]
) -> Iterator[Callable[[str, int], Lived]]:
    twins = (Twin(tmp_path / "left", template, loop), Twin(tmp_path / "right", template, loop))

    def begin_life(reader: str, seed: int) -> Lived:
        rng = Random(seed)  # noqa: S311 - repeatable on purpose
        return Lived(History(twins, reader, rng, rings), template)

    yield begin_life
    for twin in twins:
        twin.close()


@pytest.mark.parametrize("seed", range(RUNS))
def test_nothing_that_a_third_party_reads_depends_on_who_the_author_is(
    seed: int, lived: Callable[[str, int], Lived]
) -> None:
    life = lived(READERS[seed % len(READERS)], seed)
    for _ in range(STEPS):
        life.history.go_on()
        assert life.differences(GLANCES) == 0
    assert life.differences() == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_log_grows_by_the_same_whoever_the_author_is(
    seed: int, lived: Callable[[str, int], Lived]
) -> None:
    """Its size stands in every checkpoint; of a leaf only a salted digest is ever seen."""
    life = lived("carl", seed)
    sizes: list[set[int]] = []
    for _ in range(STEPS):
        life.history.go_on()
        sizes.append({_size_told(twin) for twin in life.history.twins})
    assert all(len(each) == 1 for each in sizes)
    assert sizes[0] != sizes[-1]


@pytest.mark.parametrize("how", ["release", "update", "withdraw", "delete"])
@pytest.mark.parametrize("seed", range(20 if LONG else 1))
def test_nothing_shows_when_in_the_interval_an_author_acts_or_beside_what_it_names(
    seed: int, how: str, lived: Callable[[str, int], Lived]
) -> None:
    life = lived(READERS[seed % len(READERS)], seed)
    assert sum(_acts_beside(life, how)) == 0


def _acts_beside(life: Lived, how: str) -> Iterator[int]:
    """Let an unnamed author act right before what it names: one in the first minute, one later.

    Yields:
        By how many looks the worlds differ, at every minute and after the interval; that the log
        told of another size counts as a look.
    """
    history, authors = life.history, ("bert", "dora") if life.history.organisation != "bert" else ()
    left, right = authors or ("anna", "dora")
    sent = Unnamed(
        random_id("tool", history.rng), ["community"],
        {"authorship": history.rng.choice(["member", "none"]), "tlp": "green"},
        (left, right), history._now,
    )  # fmt: skip
    if how != "release":
        history._send(sent)
        sent.version += 1
    history.sent.append(sent)
    _wait(life, until_minute=1)
    yield _differences(life, "before")
    for author in (left, right):
        named = draft(random_id("tool", history.rng), author, START, ["community"], tlp="clear")
        history.named.append(named.id)
        for twin, mine in zip(history.twins, sent.authors, strict=True):
            twin.entropy.begin(f"named by {author}")
            if author == mine:
                _act(twin, author, sent, how)
            twin.entropy.begin(f"named by {author} itself")
            assert twin.send(author, named) is None
            twin.clock.advance(minutes=3)
        yield _differences(life, author)
    _wait(life, until_minute=0)
    yield _differences(life, "after")


def _act(twin: Twin, author: str, sent: Unnamed, how: str) -> None:
    if how == "delete":
        twin.delete(author, sent.id)
        return
    item = draft(
        sent.id, author, sent.sent_at, sent.audience, version=sent.version,
        withdrawn=how == "withdraw", **sent.terms,  # type: ignore[arg-type]
    )  # fmt: skip
    key = twin.template.keys[author]
    escrow = with_escrow(item, twin.convenor.community(), member_id(author), key)
    assert twin.send(author, escrow) is None


def _wait(life: Lived, *, until_minute: int) -> None:
    """Let the next interval begin, and so many minutes of it pass."""
    for twin in life.history.twins:
        twin.entropy.begin("the next interval")
        opens = opens_at(twin.clock.now(), timedelta(minutes=MIX))
        twin.clock.advance(seconds=(opens - twin.clock.now()).total_seconds() + 60 * until_minute)


def _differences(life: Lived, name: str) -> int:
    for twin in life.history.twins:
        twin.entropy.begin(f"look {name}")
    found = life.differences(None if LONG else 24)
    return found + (len({_size_told(twin) for twin in life.history.twins}) - 1)


def _size_told(twin: Twin) -> int:
    token = twin.template.readers["carl"]
    note = str(twin.door.call("GET", OWN + "checkpoint", token).said["note"])
    return int(note.splitlines()[1])


def test_no_random_value_of_an_escrow_comes_twice(lived: Callable[[str, int], Lived]) -> None:
    life = lived("carl", 7)
    for _ in range(20):
        life.history._release()
    _wait(life, until_minute=0)
    twin = life.history.twins[0]
    token = twin.template.readers["carl"]
    answer = twin.door.call("GET", ROOT + "collections/visible/objects/", token)
    values = [found[2] for found in _RANDOM.finditer(answer.body)]
    assert len(values) > 20 * 5
    assert len(set(values)) == len(values)


def test_every_object_is_as_long_whoever_the_author_is(
    lived: Callable[[str, int], Lived],
) -> None:
    life = lived("carl", 11)
    for _ in range(10):
        life.history._release()
    _wait(life, until_minute=0)
    assert life.differences() == 0
    for sent in life.history.sent:
        sizes = {len(_held(twin, sent.id).to_json()) for twin in life.history.twins}
        assert len(sizes) == 1


def _held(twin: Twin, object_id: str) -> StixObject:
    with twin.home.vault.read() as view:
        found = view.shared.get(object_id)
    assert found is not None
    return found.object


# -- negative controls: the looks see what there is to see ---------------------------------------


def test_a_named_author_does_show(lived: Callable[[str, int], Lived]) -> None:
    life = lived("carl", 3)
    life.history._release(authorship="named")
    assert life.differences() > 5


@pytest.mark.parametrize("how", ["release", "update", "withdraw", "delete"])
def test_an_exchange_that_does_not_mix_does_show_it(
    how: str, lived: Callable[[str, int], Lived]
) -> None:
    life = lived("carl", 5)
    for twin in life.history.twins:
        set_mixing(twin.home, 0)
    assert sum(_acts_beside(life, how)) > 5


def test_an_author_that_writes_its_own_hour_does_show(
    lived: Callable[[str, int], Lived],
) -> None:
    """Exact times, as a node must not write them, tell the worlds apart."""
    life = lived("carl", 4)
    history = life.history
    object_id = random_id("tool", history.rng)
    for twin, author, minutes in zip(history.twins, ("anna", "bert"), (7, 23), strict=True):
        at = START - timedelta(minutes=minutes)
        item = draft(object_id, author, at, ["community"], tlp="clear", authorship="none")
        key = twin.template.keys[author]
        assert (
            twin.send(author, with_escrow(item, twin.convenor.community(), member_id(author), key))
            is None
        )
    _wait(life, until_minute=0)
    assert life.differences() > 2


def test_an_envelope_of_another_length_does_show() -> None:
    short, long = (Answer(200, (), b'{"ciphertext":"%b"}' % (b"A" * size)) for size in (400, 404))
    assert masked(short) != masked(long)
    assert masked(short) == masked(evolve(short, body=short.body.replace(b"A", b"B")))
