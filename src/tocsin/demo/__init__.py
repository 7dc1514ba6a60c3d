"""The demo: the whole way of an indicator in two minutes, told with real commands.

Invariants: every number is taken from a command's own document, from what a recording wiretap saw,
or counted from these; none is written in. Invented names lie under suffixes that nobody can
register, and nothing leaves the loopback. Every process that is started is ended, whatever
happens. Only the processes of the story go by its clock, which is some days behind until the story
sets it right. May import datasets and below; each command is a process of its own, forked from one
that has loaded the program and does nothing else.
"""

from tocsin.demo.story import Outcome, tell_story
from tocsin.demo.telling import Silent, Teller, Terminal

__all__ = ["Outcome", "Silent", "Teller", "Terminal", "tell_story"]
