"""The page of commands says what the commands say."""

import click
import pytest
from tools.command_reference import PAGE, commands, page

from tocsin.cli.root import cli

FOUND = [(" ".join(path), command) for path, command in commands(cli, click.Context(cli))]


def test_the_page_of_commands_is_current() -> None:
    current = PAGE.read_text(encoding="utf-8") == page()
    assert current, "run `python tools/command_reference.py`"


@pytest.mark.parametrize(("name", "command"), FOUND, ids=[name for name, _ in FOUND])
def test_a_command_says_what_it_and_each_option_does(name: str, command: click.Command) -> None:
    assert command.help
    silent = [
        each.name for each in command.params if isinstance(each, click.Option) and not each.help
    ]
    assert silent == []
    assert f"\n## {name}\n" in page()
