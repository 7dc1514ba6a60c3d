"""Options whose order means something: evidence belongs to the hypothesis named before it."""

from collections.abc import Iterable
from typing import Any, Final

import click

_SAID: Final = "tocsin.interleaved"


class Interleaved(click.Command):
    """A command that remembers in which order its repeatable options were given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does, and keep the order, which click drops."""
        values, _, order = self.make_parser(ctx).parse_args(args=list(args))
        waiting = {name: iter(given) for name, given in values.items() if isinstance(given, list)}
        ctx.meta[_SAID] = [
            (each.name, next(waiting[each.name])) for each in order if each.name in waiting
        ]
        return super().parse_args(ctx, args)


def in_order(names: Iterable[str]) -> list[tuple[str, Any]]:
    """Return (option, value) for some options of the running command, as they were given."""
    wanted = frozenset(names)
    said = click.get_current_context().meta.get(_SAID, [])
    return [(name, value) for name, value in said if name in wanted]
