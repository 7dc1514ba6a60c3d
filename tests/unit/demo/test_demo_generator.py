"""The invented lists."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.demo.generator import MAIL_HOSTS, Invented, dictionary, invent
from tocsin.demo.lists import write_lists
from tocsin.demo.names import RESERVED, grammar
from tocsin.records.observables import defanged

_SEEDS = st.integers(0, 2**32)
# RFC 1035 section 2.3.1: what a label may be made of.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]+)")
_DOCUMENTATION = re.compile(r"192\.0\.2\.\d{1,3}")


@given(_SEEDS)
@settings(max_examples=5, deadline=None)
def test_the_same_seed_makes_the_same_lists(seed: int) -> None:
    assert invent(seed) == invent(seed)


def test_another_seed_makes_other_lists() -> None:
    assert invent(1).platform != invent(2).platform


@given(_SEEDS)
@settings(max_examples=5, deadline=None)
def test_every_name_lies_under_a_suffix_that_nobody_can_register(seed: int) -> None:
    lists = invent(seed)
    for value in _every_value(lists):
        found = _HOST.fullmatch(_host_of(value))
        assert found is not None, value
        assert found[1] in {"example", "test", "invalid"}
    assert all(_DOCUMENTATION.fullmatch(address) for address in lists.addresses)


def test_what_the_grammar_can_make_is_reserved_too() -> None:
    assert {host.rpartition(".")[2] for host in grammar().every_host()} == set(RESERVED)


@given(_SEEDS)
@settings(max_examples=5, deadline=None)
def test_nobody_saw_a_name_before_it_was_registered(seed: int) -> None:
    lists = invent(seed)
    both = {line.value: line for line in lists.platform}
    for line in (*lists.platform, *lists.lab):
        if line.observed and line.registered:
            assert line.observed.date() > line.registered
    assert all(
        line.registered == both[line.value].registered for line in lists.lab if line.value in both
    )


def test_about_half_of_the_labs_list_is_the_platforms_too() -> None:
    lists = invent(3)
    shared = {line.value for line in lists.lab} & {line.value for line in lists.platform}
    assert 0.4 < len(shared) / len(lists.lab) < 0.6


def test_the_honest_paper_is_on_the_platforms_list_alone() -> None:
    lists = invent(3)
    holders = [lists.platform, lists.lab, lists.commission, lists.video]
    assert [lists.wrong in {line.value for line in each} for each in holders] == [
        True,
        False,
        False,
        False,
    ]
    assert lists.wrong not in lists.mail


def test_the_dictionary_holds_every_name_of_both_lists() -> None:
    lists = invent(5)
    guesses = set(dictionary(lists))
    assert {line.value for line in (*lists.platform, *lists.lab)} <= guesses


def test_the_files_hold_each_name_defanged(tmp_path: Path) -> None:
    write_lists(invent(4), tmp_path)
    text = "\n".join(path.read_text("utf-8-sig") for path in tmp_path.iterdir())
    assert "[.]example" in text
    assert not re.search(r"[a-z0-9]\.(?:example|test|invalid)\b", text)


def test_the_mail_names_forty_different_hosts(tmp_path: Path) -> None:
    lists = invent(4)
    mail = write_lists(lists, tmp_path).mail.read_text("utf-8")
    # Undo the five habits in which people write a dot, then count.
    plain = re.sub(r"\s*[\[(](?:dot|\.)[\])]\s*", ".", mail)
    named = set(re.findall(r"[a-z0-9-]+\.(?:example|test|invalid)", plain))
    assert named == set(lists.mail)
    assert len(named) == MAIL_HOSTS


def test_a_defanged_address_is_no_link() -> None:
    assert defanged("https://paper.example/a.b") == "hxxps://paper[.]example/a.b"
    assert defanged("www.paper.example") == "www[.]paper[.]example"


def _every_value(lists: Invented) -> list[str]:
    lines = (*lists.platform, *lists.lab, *lists.commission, *lists.video)
    return [*(line.value for line in lines), *lists.mail, lists.wrong]


def _host_of(value: str) -> str:
    return value.removeprefix("https://").partition("/")[0]
