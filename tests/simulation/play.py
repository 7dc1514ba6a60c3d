"""One simulation: what the nodes do, what goes wrong meanwhile, and what must hold all along."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from attrs import define, evolve, field, frozen

from tests.simulation.community import HUB, KINDS, Town
from tests.simulation.network import CALM, Killed, Network, Weather
from tests.simulation.oracle import STRICT, Fact, Membership, meant_for, remembered
from tocsin.exchange import (
    SyncReport,
    community_of,
    read_bundle,
    rotate_keys,
    sync,
    withdraw,
    write_bundle,
)
from tocsin.exchange.membership import signed_directories
from tocsin.exchange.refilling import declare_restored, reopen
from tocsin.exchange.republish import sharing_of
from tocsin.foundation import ConnectionFailedError, JsonValue, RefusedError, TrustError
from tocsin.policy import Reach, recipients
from tocsin.records import (
    Audience,
    Authorship,
    Marking,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    new_object,
    stix_time,
)
from tocsin.release.outgoing import Outgoing
from tocsin.trust import sealed_id_of
from tocsin.vault import Home, Lens, Standing, Transaction, backup

T = TypeVar("T")

TOLERATED_SKEW: Final = timedelta(minutes=5)
RECEIVED: Final = Lens(standing=frozenset({Standing.RECEIVED}), versions=("all",))
HOLD: Final = timedelta(hours=3)
AUDIENCES: Final = (
    ("community",),
    ("community",),
    ("group:north",),
    ("group:south",),
    ("group:south", "member:alpha"),
    ("kind:platform",),
    ("kind:government", "kind:research"),
    ("member:alpha", "member:gamma"),
    ("member:beta",),
    ("member:delta", "group:north"),
)
LEVELS: Final = ("clear", "green", "green", "amber", "amber+strict", "red")


@frozen
class Saved:
    """A backup of the exchange, and how far the oracle's books were then.

    Attributes:
        membership: index into the history.
        accepted: by object, the versions that the exchange had.
        once: by object, who might have seen it.
    """

    file: Path
    membership: int
    accepted: dict[str, frozenset[str]]
    once: dict[str, frozenset[str]]


@define
class Play:
    """Plays steps over a town and keeps the oracle's books.

    Attributes:
        history: the memberships so far, the present one last.
        known: by node, since which of them its own directory may be.
        bundled: (object, member) that a file may have brought.
    """

    town: Town
    history: list[Membership]
    facts: dict[str, Fact] = field(factory=dict)
    known: dict[str, int] = field(factory=lambda: dict.fromkeys(KINDS, 0))
    bundled: set[tuple[str, str]] = field(factory=set)
    refusals: list[str] = field(factory=list)
    is_closed: bool = False
    saved: Saved | None = None
    restores: int = 0
    hub_was_wrong: bool = False
    _told: dict[str, int | None] = field(factory=dict)
    _issued: dict[tuple[str, str], int | None] = field(factory=dict)
    _wire: dict[str, Fact] = field(factory=dict)
    _number: int = 0

    def __attrs_post_init__(self) -> None:
        self.network.on_send = self._on_send
        self.network.on_wire = self._on_wire
        self.network.on_between = self._on_between
        self.network.on_arrival = self._on_arrival

    @property
    def membership(self) -> Membership:
        return self.history[-1]

    @property
    def network(self) -> Network:
        return self.town.network

    def now(self, name: str = HUB) -> datetime:
        return self.town.clocks[name].now()

    def active(self) -> list[str]:
        return [name for name in KINDS if name not in self.membership.left]

    # -- steps ---------------------------------------------------------------------------

    def run(self, steps: int, weather: Weather) -> None:
        """Play so many steps in this weather, once there is something to play with."""
        for name in KINDS:
            self.release(name)
        for name in KINDS:
            self.sync(name)
        self.network.weather = weather
        for _ in range(steps):
            self.step()

    def step(self) -> None:
        """Play one step; the die says which."""
        die = self.town.random
        actions, weights = zip(*STEPS.items(), strict=True)
        (action,) = die.choices(actions, weights)
        action(self, die.choice(self.active()))
        if self.network.is_down and die.random() < 0.25:
            self.network.is_down = False
        self.network.cut = {name for name in sorted(self.network.cut) if die.random() < 0.8}
        self.town.true.advance(seconds=die.uniform(0.5, 600))

    def sync(self, name: str) -> SyncReport | None:
        """Sync one node as far as its line allows."""
        home, clock = self.town.homes[name], self.town.clocks[name]
        connect = self.network.connect(name)
        report = self._until_killed(
            name, lambda: sync(home, clock, connect=connect, sleep=_at_once)
        )
        if report is not None:
            self.refusals += [f"{name}: {each.id}: {each.why}" for each in report.refused]
        return report

    def _until_killed(self, name: str, act: Callable[[], T]) -> T | None:
        """Let a node talk with the exchange; its line may fail, or its process end."""
        fuse = self.town.fuses[name]
        if self.network.weather is not CALM and self.town.random.random() < 0.1:
            fuse.left = self.town.random.randint(1, 12)
        try:
            return act()
        except ConnectionFailedError:
            return None
        except Killed:
            self.town.kill(name)
            return None
        finally:
            fuse.left = 0

    def release(self, name: str) -> None:
        """Release a few things on random terms."""
        for _ in range(self.town.random.randint(1, 4)):
            self._release_one(name)

    def _release_one(self, name: str) -> None:
        die = self.town.random
        tlp = die.choice(LEVELS)
        words = [each for each in die.choice(AUDIENCES) if each != f"member:{name}"]
        if tlp == "red":
            words = [f"member:{each}" for each in KINDS if each != name and die.random() < 0.5]
        self._release(name, tlp, frozenset(words))

    def hold(self, name: str) -> None:
        """Release something to everyone, later."""
        hold = HOLD * self.town.random.random()
        self._release(name, "green", frozenset({"community"}), hold=hold)

    def derive(self, name: str) -> None:
        """Release something that rests on what was received."""
        die = self.town.random
        held = {each.id: each for each in received(self.town.homes[name])}
        found = [
            fact
            for key, fact in sorted(self.facts.items())
            if key in held
            and fact.expires is None
            and fact.tlp != "red"
            and (fact.tlp not in STRICT or fact.accepted)
            and not flagged(self.town.homes[name]) & {key}
        ]
        if not found:
            return
        source = die.choice(found)
        tlp = source.tlp if die.random() < 0.5 else max(source.tlp, "amber", key=LEVELS.index)
        words = [each for each in die.choice(AUDIENCES) if each != f"member:{name}"]
        self._release(name, tlp, frozenset(words), source=held[source.id])

    def correct(self, name: str) -> None:
        """Release a new version of something of one's own."""
        fact = self._own(name)
        if fact is None:
            return
        home = self.town.homes[name]
        with home.vault.read() as view:
            held = view.shared.get(fact.id)
        assert held is not None
        before = datetime.fromisoformat(held.version)
        now = max(self.now(name), before + timedelta(milliseconds=1))
        bare = evolve(sharing_of(held.object), signatures=())
        item = held.object.replaced(modified=stix_time(now), name=f"again {self._next()}")
        opens = max(self.now(name), *fact.versions.values())
        self._queue(name, item.with_sharing(bare), fact, opens)

    def withdraw(self, name: str) -> None:
        """Take something of one's own back."""
        fact = self._own(name)
        if fact is None:
            return
        home, now = self.town.homes[name], self.now(name)
        withdraw(home, fact.id, "it was wrong", self.town.clocks[name], by="ada")
        with home.vault.read() as view:
            held = view.shared.get(fact.id)
        assert held is not None
        # What is out already is taken back at once, however the clock was set since.
        opens = (
            now
            if fact.accepted or fact.left or fact.once or fact.ever
            else min(fact.versions.values())
        )
        if opens <= now:  # what has not left with the rest leaves no more
            fact.versions = {
                version: due
                for version, due in fact.versions.items()
                if due <= now or version in fact.accepted | fact.left
            }
        fact.versions[held.version] = max(opens, now)
        fact.last = fact.withdrawn = held.version
        fact.is_cancelled = opens > now

    def convene(self, name: str) -> None:
        """Let a member into a group, or out of it."""
        if self.network.is_down or self.is_closed:
            return
        group = self.town.random.choice(sorted(self.membership.groups))
        members = self.membership.groups[group]
        if name in members:
            self.town.convenor.remove_from_group(group, name)
            members -= {name}
        else:
            self.town.convenor.add_to_group(group, name)
            members |= {name}
        self._remember(self.membership.with_group(group, members))

    def revoke(self, name: str) -> None:
        """End a membership, once at most."""
        if self.network.is_down or self.is_closed or self.membership.left or name == "beta":
            return
        self.town.convenor.revoke(name)
        self._remember(self.membership.without(name))

    def rotate(self, name: str) -> None:
        """Replace a node's keys."""
        home, clock = self.town.homes[name], self.town.clocks[name]
        connect = self.network.connect(name)
        self._until_killed(name, lambda: rotate_keys(home, clock, connect=connect, sleep=_at_once))

    def carry(self, name: str) -> None:
        """Bring a file from one node to another."""
        other = self.town.random.choice([each for each in self.active() if each != name])
        file = self.town.folder / "stick.json"
        write_bundle(self.town.homes[name], file, self.town.clocks[name], self.town.entropy)
        self._check_file(name, file)
        since = min(self.known[name], self.known[other])
        for fact in self.facts.values():
            if fact.author == name and any(
                meant_for(fact, other, each, self.now(name)) for each in self.history[since:]
            ):
                self.bundled.add((fact.id, other))
        read_bundle(self.town.homes[other], file, self.town.clocks[other])
        file.unlink()

    def wait(self, name: str) -> None:
        """Let time pass."""
        del name
        self.town.true.advance(minutes=self.town.random.uniform(10, 120))

    def skew(self, name: str) -> None:
        """Set a clock wrong, or right again."""
        die = self.town.random
        who = die.choice((name, name, HUB))
        self.hub_was_wrong |= who == HUB
        hours = die.choice((0, 0, die.uniform(-0.07, 0.07), die.uniform(-0.07, 0.07), 6, -6))
        self.town.clocks[who].skew = timedelta(hours=hours)

    def part(self, name: str) -> None:
        """Cut a line, or mend it."""
        self.network.cut ^= {name}

    def stop(self, name: str) -> None:
        """Kill the exchange and leave it down, or bring it back."""
        del name
        network = self.network
        if not network.is_down:
            self.town.kill(HUB)
        network.is_down = not network.is_down

    def kill(self, name: str) -> None:
        """Kill a node, or the exchange, while nothing happens."""
        self.town.kill(self.town.random.choice((name, HUB)))

    def save(self, name: str) -> None:
        """Back the exchange up, while it runs."""
        del name
        if self.is_closed:
            return
        file = self.town.folder / "backup.tar"
        file.unlink(missing_ok=True)
        backup(self.town.homes[HUB].folder, file)
        self.saved = Saved(
            file,
            len(self.history) - 1,
            {key: frozenset(fact.accepted) for key, fact in self.facts.items()},
            {key: frozenset(fact.once) for key, fact in self.facts.items()},
        )

    def put_back(self, name: str) -> None:
        """Put the exchange back to its backup, with its clock set right; its convenor says so."""
        del name
        saved = self.saved
        if saved is None or self.is_closed:
            return
        if not any(
            each.accepted - saved.accepted.get(key, set()) for key, each in self.facts.items()
        ):
            return  # nothing would be forgotten
        self.town.put_back(saved.file)
        self.town.clocks[HUB].skew = timedelta(0)
        self.network.is_down = False
        self.restores += 1
        self.is_closed = True
        self._told = {name: self._kept_by(name) for name in KINDS}
        self.known = dict.fromkeys(KINDS, 0)
        for key, fact in self.facts.items():
            fact.left |= fact.accepted
            fact.accepted = set(saved.accepted.get(key, ()))
            fact.ever |= fact.once
            fact.once = set(saved.once.get(key, ()))
        declare_restored(self.town.homes[HUB], self.town.clocks[HUB], by="convenor")

    def go_on(self) -> None:
        """The exchange hands out again: what does it remember of its community?"""
        assert self.saved is not None
        names, convenor = self.town.names, self.town.convenor
        groups = {
            each.name: frozenset(names[member] for member in each.members)
            for each in convenor.groups()
        }
        left = frozenset(each.name for each in convenor.members() if not each.active)
        if not self.hub_was_wrong:
            self._check_remembered(groups, left)
        for name in self.membership.left - left:  # nobody had heard of it: it is done once more
            convenor.revoke(name)
        self.is_closed = False
        self._remember(evolve(self.membership, groups=groups, left=self.membership.left | left))

    def _check_remembered(self, groups: dict[str, frozenset[str]], left: frozenset[str]) -> None:
        assert self.saved is not None
        base = self.saved.membership
        told = {name: index for name, index in self._told.items() if index is not None}
        if len(told) == len(self._told):
            expected = remembered(self.history, base, told)
            assert groups == expected.groups, (groups, expected.groups, base, told, self.history)
            assert left == expected.left, (left, expected.left, base, told, self.history)
            return
        # Some were told in the midst of an earlier refill: by a memory that never was a present.
        for group, members in groups.items():
            for name in KINDS:
                was = {name in each.groups[group] for each in self.history[base:]}
                assert (name in members) in was | {False}, (group, name, self.history)
        assert left <= self.membership.left, (left, self.history)

    def intrude(self, name: str) -> None:
        """Let a former member try its credential; the watch on the wire sees what it gets."""
        del name
        for each in sorted(self.membership.left):
            connect = self.network.connect(each)
            with suppress(ConnectionFailedError, RefusedError, TrustError):
                sync(self.town.homes[each], self.town.clocks[each], connect=connect, sleep=_at_once)

    def arrive(self, name: str) -> None:
        """Let a delayed request arrive."""
        del name
        self.network.deliver_late()

    # -- after it ------------------------------------------------------------------------

    def heal(self) -> None:
        """Mend everything, and let all hold times pass."""
        network = self.network
        network.weather, network.is_down = CALM, False
        network.cut.clear()
        for clock in self.town.clocks.values():
            clock.skew = timedelta(0)
        self.town.true.advance(hours=13)
        while network.late:
            network.deliver_late()
        if self.is_closed:
            for name in self.active():
                self.sync(name)
        if self.is_closed:  # somebody who left is awaited: nobody has told that it left
            reopen(self.town.homes[HUB], self.town.clocks[HUB], by="convenor")
            self.go_on()

    def check_withdrawals(self, order: list[str], *, is_named: bool) -> None:
        """Withdrawals are where they belong.

        Those of named authors, after each node synced once in this order; those of unnamed ones,
        after an interval of the exchange and one more sync of each.
        """
        for fact in self.facts.values():
            if fact.author not in order or not fact.is_withdrawn or fact.is_named != is_named:
                continue
            others = order[order.index(fact.author) + 1 :] if is_named else order
            for name in others:
                self._check_withdrawn(fact, name)

    def check_end(self) -> None:
        """Every node holds what the oracle says, no more and no less."""
        self._check_accepted()
        for name in self.active():
            self._check_held(name)
            for fact in self.facts.values():
                if fact.is_withdrawn and fact.author != name:
                    self._check_withdrawn(fact, name)

    def _check_accepted(self) -> None:
        for fact in self.facts.values():
            missing = fact.versions.keys() - fact.accepted
            if fact.withdrawn in fact.accepted:
                continue  # what it said before its end is no news any more
            if fact.accepted and not self._is_in_its_groups(fact):
                missing &= {fact.withdrawn}  # no new words to a group one has left
            if not missing or self._may_stay_out(fact):
                continue
            raise AssertionError(f"the exchange never took {missing} of {fact}: {self.refusals}")

    def _may_stay_out(self, fact: Fact) -> bool:
        return (
            fact.is_cancelled
            or fact.author in self.membership.left
            or any(source.is_withdrawn for source in fact.sources)
            or not (fact.accepted or self._is_in_its_groups(fact))
        )

    def _is_in_its_groups(self, fact: Fact) -> bool:
        return all(fact.author in self.membership.groups[group] for group in fact.groups)

    def _check_held(self, name: str) -> None:
        held = {(each.id, each.version) for each in received(self.town.homes[name])}
        now = self.now()
        must = {
            (fact.id, fact.last)
            for fact in self.facts.values()
            # Who joins sees what is live: a withdrawal is for those whom the object reached.
            if fact.last in fact.accepted
            and not fact.is_withdrawn
            and meant_for(fact, name, self.membership, now)
        }
        assert must <= held, (name, self._described(must - held), self.refusals)
        for object_id, version in held - must:
            fact = self.facts[object_id]
            assert version in fact.versions
            assert name in fact.once | fact.ever or (object_id, name) in self.bundled, (name, fact)

    def _check_withdrawn(self, fact: Fact, name: str) -> None:
        home = self.town.homes[name]
        held = {each.version for each in received(home) if each.id == fact.id}
        if held:  # by wire or by file, before a restore or after it
            assert fact.withdrawn in held, (name, fact, self.refusals)
            assert fact.id in flagged(home), (name, fact)

    def _described(self, names: set[tuple[str, str]]) -> list[tuple[str, Fact]]:
        return [(version, self.facts[object_id]) for object_id, version in sorted(names)]

    # -- the wire ------------------------------------------------------------------------

    def _on_send(self, name: str, request: httpx.Request) -> None:
        """Hold times never open early, by neither clock."""
        if request.method != "POST" or not request.url.path.endswith("/objects/"):
            return
        for body in json.loads(request.content)["objects"]:
            fact = self._wire[body["id"]]
            if body["modified"] in fact.left:
                continue
            opens = fact.versions[body["modified"]]
            assert opens <= self.now(name), "left before its hold time was over"
            assert opens <= self.now() + TOLERATED_SKEW, "left early by the exchange's clock"

    def _on_wire(self, name: str, request: httpx.Request, answer: httpx.Response) -> None:
        path = request.url.path
        if path.endswith(("/directory", "/keys")) and answer.status_code == 200:
            index = None if self.is_closed else len(self.history) - 1
            self._issued[name, _text(json.loads(answer.content)["directory"])] = index
            if path.endswith("/directory"):
                self.known[name] = index or 0
        elif path.endswith("/refill") and self.is_closed and answer.status_code == 200:
            if json.loads(answer.content)["awaited"] == 0:
                self.go_on()
        elif path.endswith("/objects/") and request.method == "POST":
            self._on_submission(json.loads(request.content), answer)
        elif path.endswith("/objects/") and answer.status_code == 200:
            assert not self.is_closed
            for body in json.loads(answer.content).get("objects", ()):
                self._check_reading(name, body)

    def _on_submission(self, envelope: Mapping[str, Any], answer: httpx.Response) -> None:
        if answer.status_code != 202:
            return
        failures = json.loads(answer.content).get("failures", ())
        failed = {(each["id"], each["version"]) for each in failures}
        for body in envelope["objects"]:
            if (body["id"], body["modified"]) not in failed:
                self._wire[body["id"]].accepted.add(body["modified"])
        self._see()

    def _check_reading(self, name: str, body: Mapping[str, Any]) -> None:
        """Nobody who is not meant to may read this; called on every object on the wire."""
        if body["type"] == "note" and body["created_by_ref"] == self.town.homes[HUB].id:
            said = next(iter(body["extensions"].values()))
            assert said["audience"] == [f"member:{self.town.homes[name].id}"], body
            return
        fact, version = self._wire[body["id"]], body["modified"]
        assert version in fact.accepted
        if not fact.is_named:
            assert self.town.homes[fact.author].id not in json.dumps(body)
        if name == fact.author:
            return
        is_over = fact.expires is not None and fact.expires <= self.now()
        is_meant = meant_for(fact, name, self.membership, self.now())
        if is_meant:
            fact.once.add(name)
        had = name in fact.once | fact.ever or (fact.id, name) in self.bundled
        is_told = version == fact.withdrawn and had
        assert name not in self.membership.left, (name, fact)
        assert (is_meant and not (is_over and version != fact.withdrawn)) or is_told, (name, fact)

    def _check_file(self, name: str, file: Path) -> None:
        for body in json.loads(file.read_text("utf-8"))["objects"]:
            fact = self._wire.get(body["id"])
            if fact is not None and body["modified"] not in fact.left:
                assert fact.versions[body["modified"]] <= self.now(name), "left early by file"

    def _on_arrival(self) -> None:
        """Let no two requests come in one microsecond: no clock would tell which was first."""
        self.town.true.advance(microseconds=1)

    def _on_between(self, name: str) -> None:
        others = [each for each in self.active() if each != name]
        action = self.town.random.choice(BETWEEN)
        action(self, self.town.random.choice(others))

    # -- the books -----------------------------------------------------------------------

    def _kept_by(self, name: str) -> int | None:
        """Since which membership a node has its directory: the answer may have been lost.

        None for what a restored exchange said before all had told what they knew.
        """
        with self.town.homes[name].vault.read() as view:
            kept, _ = signed_directories(view)
        return self._issued.get((name, _text(kept)), 0)

    def _remember(self, membership: Membership) -> None:
        self.history.append(membership)
        self._see()

    def _see(self) -> None:
        if self.is_closed:
            return  # nobody sees anything; who will is known when it goes on
        for fact in self.facts.values():
            if fact.accepted:
                fact.once |= {
                    name
                    for name in self.active()
                    if meant_for(fact, name, self.membership, self.now())
                }

    def _own(self, name: str) -> Fact | None:
        found = [
            fact for fact in self.facts.values() if fact.author == name and fact.withdrawn is None
        ]
        known = [fact for fact in found if fact.accepted]
        return self.town.random.choice(known or found) if found else None

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _release(
        self,
        name: str,
        tlp: str,
        words: frozenset[str],
        *,
        hold: timedelta = timedelta(0),
        source: StixObject | None = None,
    ) -> None:
        """Sign something on these terms and put it into the outbox, as `release` does."""
        die, home, now = self.town.random, self.town.homes[name], self.now(name)
        community = community_of(home)
        groups = {each.name: each.id for each in community.groups.values()}
        if not words or any(w.startswith("group:") and w[6:] not in groups for w in words):
            return  # it addresses only what it knows
        authorship = Authorship.NAMED if tlp == "red" else die.choice((*Authorship, "named"))
        is_named = authorship == Authorship.NAMED
        kind = MemberKind(KINDS[name])
        origins = {kind} if is_named or kind is MemberKind.GOVERNMENT else set()
        if source is not None:
            origins |= sharing_of(source).origins
        expires = None
        if source is None and die.random() < 0.15:
            expires = now + timedelta(hours=die.choice((1, 8, 1000)))
        item = new_object(
            "indicator",
            now=now,
            entropy=self.town.entropy,
            author=home.id if is_named else None,
            marking=Marking(Tlp(tlp)),
            fields={
                "name": f"item {self._next()}",
                "pattern": "[domain-name:value = 'evil.example']",
                "pattern_type": "stix",
                "valid_from": "2026-11-03T19:00:00Z",
            },
        ).with_sharing(
            Sharing(
                audience=Audience.from_list([self._entry(each, groups) for each in words]),
                authorship=Authorship(authorship),
                origins=frozenset(origins),
                derived_from=(source.id,) if source else (),
                expires=expires,
            )
        )
        fact = Fact(
            id=item.id,
            wire_id=sealed_id_of(item.id) if tlp == "red" else item.id,
            author=name,
            tlp=tlp,
            audience=words,
            is_named=is_named,
            expires=expires,
            sources=(self.facts[source.id],) if source else (),
        )
        self._queue(name, item, fact, now + hold, source)

    def _queue(
        self,
        name: str,
        item: StixObject,
        fact: Fact,
        opens: datetime,
        source: StixObject | None = None,
    ) -> None:
        home = self.town.homes[name]
        community = community_of(home)
        out = Outgoing(
            community=community, keyring=home.keyring, entropy=self.town.entropy, by="ada"
        )
        reach: Reach = recipients(
            item,
            community,
            now=self.now(name),
            sender=home.id,
            sources=(source,) if source else (),
        )
        if fact.tlp == "red" and not reach.receivers:
            return  # nobody to seal to
        home.vault.write(lambda tx: _put(tx, out, item, reach, opens))
        self.facts[fact.id] = self._wire[fact.wire_id] = fact
        fact.versions[item.version] = opens
        fact.last = item.version

    def _entry(self, word: str, groups: Mapping[str, str]) -> str:
        scope, _, name = word.partition(":")
        if scope == "group":
            return f"group:{groups[name]}"
        return f"member:{self.town.homes[name].id}" if scope == "member" else word


def _put(
    tx: Transaction, out: Outgoing, item: StixObject, reach: Reach, opens: datetime
) -> StixObject:
    return out.queue(tx, item, reach, opens_at=opens)


def _text(envelope: JsonValue) -> str:
    return json.dumps(envelope, sort_keys=True)


def _at_once(_: float) -> None:
    """Wait for nothing."""


def received(home: Home) -> list[StixObject]:
    """What a node holds from others, the convenor's notices left out."""
    with home.vault.read() as view:
        rows = view.shared.page(RECEIVED, limit=10_000)
    return [row.object for row in rows if row.type != "note"]


def flagged(home: Home) -> set[str]:
    """Ids of what a node was told to look at again."""
    with home.vault.read() as view:
        return {flag.object_id for flag in view.shared.flags()}


Step = Callable[[Play, str], object]

STEPS: Final[dict[Step, int]] = {
    Play.sync: 34,
    Play.release: 14,
    Play.hold: 4,
    Play.derive: 6,
    Play.correct: 6,
    Play.withdraw: 9,
    Play.convene: 9,
    Play.revoke: 1,
    Play.rotate: 2,
    Play.carry: 5,
    Play.wait: 4,
    Play.skew: 4,
    Play.part: 4,
    Play.stop: 3,
    Play.kill: 3,
    Play.arrive: 6,
    Play.save: 3,
    Play.put_back: 4,
    Play.intrude: 1,
}
BETWEEN: Final[tuple[Step, ...]] = (
    Play.sync,
    Play.sync,
    Play.release,
    Play.withdraw,
    Play.convene,
    Play.rotate,
    Play.arrive,
)
