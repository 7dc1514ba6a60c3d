"""Write docs/reference/commands.md from the commands themselves; `--check` only compares.

Run `python tools/command_reference.py` after a change of a command, an option or its help.
"""

import argparse
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tocsin.cli.root import cli

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "commands.md"
EVERYWHERE = ("--home", "--json", "--yes", "--as", "--help")

HEAD = """# Commands

Written by `python tools/command_reference.py` from the commands themselves; the tests fail when it
is out of date.

## In every command

| Option | What it does |
|---|---|
{everywhere}

These may stand before or after the command's name. `TOCSIN_HOME` names the node where `--home`
does not, `TOCSIN_PERSON` the person where `--as` does not, and `TOCSIN_PASSPHRASE_FILE` a file
with the passphrase of the keys.

Progress and notes go to stderr. With `--json` stdout holds one document in every case; that of a
failure is `{{"error": ..., "hint": ...}}`.

| Exit code | Meaning |
|---|---|
| 0 | done |
| 1 | refused or failed; the message says why, the hint what to do |
| 2 | the command was typed wrongly |
| 3 | done in part: what was bad or refused is named in the report |
| 130 | interrupted; what was done is kept, and the same command goes on |
"""


def commands(
    group: click.Group, context: click.Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command below a group with its path, groups themselves left out."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, context, (*path, name))
        elif command is not None:
            yield (*path, name), command


def page() -> str:
    """Return the whole page."""
    context = click.Context(cli, info_name="tocsin")
    shared = [each for each in _options(cli) if set(each.opts) & set(EVERYWHERE)]
    rows = [_option_row(each, context) for each in shared]
    rows.append("| `-h`, `--help` | Show how the command is typed. |")
    parts = [HEAD.format(everywhere="\n".join(rows))]
    parts += [_section(path, command) for path, command in commands(cli, context)]
    return "\n".join(parts)


def _section(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(("tocsin", *path)))
    own = [each for each in _options(command) if not _is_everywhere(each)]
    lines = [f"## {' '.join(path)}", "", _text(command.help), ""]
    lines += [f"    {_synopsis(command, context)}", ""]
    if own:
        lines += ["| Option | What it does |", "|---|---|"]
        lines += [_option_row(each, context) for each in own]
        lines.append("")
    return "\n".join(lines)


def _synopsis(command: click.Command, context: click.Context) -> str:
    words = [str(context.info_name)]
    words += [word for word in command.collect_usage_pieces(context) if word != "[OPTIONS]"]
    for option in _options(command):
        if option.required:
            names = "|".join((*option.opts[:1], *option.secondary_opts[:1]))
            takes = f" {str(option.name).upper()}"
            words.append(names if option.is_flag else names + takes)
    return " ".join(words)


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not each.is_eager]


def _option_row(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    _, said = record if record else ("", "")
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    takes = "" if option.is_flag else f" {_cell(option.make_metavar(context))}"
    return f"| {names}{takes} | {_cell(said)} |"


def _is_everywhere(option: click.Option) -> bool:
    """Of `load`, `--as` is the format and no person."""
    return bool(set(option.opts) & set(EVERYWHERE)) and option.name != "format_name"


def _text(help_: str | None) -> str:
    paragraphs = inspect.cleandoc(help_ or "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Write or check the page; return the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing")
    text = page()
    if not arguments.parse_args().check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.relative_to(ROOT)} is out of date", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
