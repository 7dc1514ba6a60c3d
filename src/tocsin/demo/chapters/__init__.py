"""The chapters in the order in which they are told; each leaves ids in `Stage.known`."""

from collections.abc import Callable
from typing import Final

from tocsin.demo.chapters.acting import release_and_answer
from tocsin.demo.chapters.correcting import take_back
from tocsin.demo.chapters.eavesdropping import what_crossed
from tocsin.demo.chapters.meeting import join_community, read_lists
from tocsin.demo.chapters.monday import AWAY, practitioners_monday
from tocsin.demo.chapters.overlap import count_then_reveal, who_was_first
from tocsin.demo.chapters.proof import prove
from tocsin.demo.stage import Stage

BEFORE_THE_LINE: Final[tuple[Callable[[Stage], None], ...]] = (read_lists,)
"""Told before there is an exchange."""

ON_THE_LINE: Final[tuple[Callable[[Stage], None], ...]] = (
    join_community,
    count_then_reveal,
    what_crossed,
    who_was_first,
    practitioners_monday,
    release_and_answer,
    take_back,
    prove,
)

__all__ = ["AWAY", "BEFORE_THE_LINE", "ON_THE_LINE"]
