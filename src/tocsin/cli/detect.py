"""`tocsin detect …`: one command a behaviour, each in a module of its own."""

from typing import Final

import click

_DETECTORS: Final = {
    "coordination": "tocsin.cli.detect_coordination",
    "names": "tocsin.cli.detect_names",
    "pages": "tocsin.cli.detect_pages",
    "personas": "tocsin.cli.detect_personas",
    "recycled": "tocsin.cli.detect_recycled",
    "sites": "tocsin.cli.detect_sites",
    "texts": "tocsin.cli.detect_texts",
}


class Detectors(click.Group):
    """Imports a detector's command when it is called: compiled kernels take their time to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_DETECTORS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = _DETECTORS.get(cmd_name)
        if module is None:
            return None
        command = __import__(module, fromlist=["COMMANDS"]).COMMANDS[cmd_name]
        return command if isinstance(command, click.Command) else None


@click.group("detect", cls=Detectors)
def detect() -> None:
    """Find behaviours in activity, with evidence and innocent explanations."""


COMMANDS = {"detect": detect}
