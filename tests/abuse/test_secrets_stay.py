"""Secrets: never compared letter by letter, never shown, never on a process's command line."""

import ast
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.abuse.calling import Sent, Wire, with_token
from tests.abuse.town import CALLERS, OBJECTS, OWN, Town
from tocsin.cli.root import cli
from tocsin.exchange.credentials import Invitation
from tocsin.exchange.membership import find_membership

SOURCE = Path(__file__).parents[2] / "src/tocsin"
_SECRET_NAMES = {"secret", "credential", "token", "password", "passphrase", "mac"}


def test_no_secret_is_compared_letter_by_letter() -> None:
    """Tokens are looked up by their SHA-256; what is compared goes through `compare_digest`."""
    found = [
        f"{path.relative_to(SOURCE)}: {ast.unparse(node)}"
        for room in ("cli", "exchange", "trust", "vault")
        for path in sorted((SOURCE / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops)
        and _names(node) & _SECRET_NAMES
    ]
    assert found == []


def test_nothing_is_evaluated_unpickled_or_run_by_a_shell() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert name not in _DANGEROUS, f"{path}: {name}"
                assert not any(each.arg == "shell" for each in node.keywords), path


_DANGEROUS = {
    "eval", "exec", "compile", "pickle.load", "pickle.loads", "marshal.loads", "os.system",
    "os.popen", "yaml.load", "shelve.open", "subprocess.getoutput",
}  # fmt: skip


def test_secrets_that_last_are_no_option_of_any_command() -> None:
    """What stands on a command line is read by everybody on the machine.

    `join --token` takes an invitation, which serves once; `revoke --token` takes a token's id.
    """
    words = {"--token", "--passphrase", "--password", "--secret", "--credential"}
    found = {
        f"{' '.join(path)} {word}"
        for path, command in _commands(cli, ())
        for parameter in command.params
        for word in words & set(parameter.opts)
    }
    assert found == {"join --token", "exchange revoke --token"}


def test_no_secret_shows_in_what_is_printed_of_an_object(town: Town) -> None:
    alpha = town.world.nodes["alpha"]
    with alpha.vault.read() as view:
        membership = find_membership(view)
    assert membership is not None
    for shown in (repr(membership), repr(alpha.keyring), repr(alpha.keyring.signing), repr(alpha)):
        assert membership.credential not in shown
        assert "tocsin-member-" not in shown
    token = town.world.convenor.invite(alpha.card.kind)
    assert Invitation.from_text(token).secret not in repr(Invitation.from_text(token))


def test_no_secret_shows_in_the_log_of_the_exchange(
    town: Town, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for caller in CALLERS:
        for method, path in (("GET", OBJECTS), ("GET", OWN + "directory"), ("PUT", OWN + "keys")):
            headers = {"accept": "*/*", **with_token(town.tokens[caller])}
            wire.send(Sent(method, f"{path}?next=not-issued", tuple(headers.items()), b"{"))
    for caller, token in town.tokens.items():
        assert not token or token not in caplog.text, caller


def test_no_file_of_a_home_is_for_anybody_but_its_owner(town: Town) -> None:
    for home in (town.world.exchange, *town.world.nodes.values()):
        for place, _, names in os.walk(home.folder):
            for name in names:
                mode = stat.S_IMODE((Path(place) / name).stat().st_mode)
                assert mode & 0o077 == 0, f"{place}/{name}: {mode:o}"
            assert stat.S_IMODE(Path(place).stat().st_mode) & 0o077 == 0, place


def test_a_credential_stands_in_no_file_of_the_exchange(town: Town) -> None:
    for token in filter(None, town.tokens.values()):
        for path in town.world.exchange.folder.rglob("*"):
            if path.is_file():
                assert token.encode() not in path.read_bytes(), path.name


def _names(node: ast.Compare) -> set[str]:
    """Return the last names of what is compared, save where None or a constant is the other."""
    sides = [node.left, *node.comparators]
    if any(isinstance(each, ast.Constant) for each in sides):
        return set()
    return {ast.unparse(each).rpartition(".")[2].casefold() for each in sides}


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _commands(inner, (*path, name))
