"""What is printed for a person: as it is, whoever wrote it."""

from typing import Any

from rich.console import Console
from rich.text import Text

from tocsin.foundation import written_out


class Terminal(Console):
    """A console that takes nothing in a text for an instruction.

    Most of what is shown comes from outside. Brackets are no markup, `:words:` no emoji, and
    escapes or direction marks stand written out instead of reaching the terminal.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Return the text as it will stand; every string that is printed passes here."""
        return super().render_str(written_out(text, keep="\n\t"), **options)
