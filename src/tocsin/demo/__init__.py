"""The demo: the whole way of an indicator in two minutes, told with real commands.

Invariants: every number is taken from a command's own document, from what a recording wiretap saw,
or counted from these; none is written in. Invented names lie under suffixes that nobody can
register, and nothing leaves the loopback. Every process that is started is ended, whatever
happens. May import datasets and below; runs the command as a separate process, never in its own.
"""

from tocsin.demo.story import Outcome, tell_story
from tocsin.demo.telling import Silent, Teller, Terminal

__all__ = ["Outcome", "Silent", "Teller", "Terminal", "tell_story"]
