"""The clock of the story: some days behind this machine's, until the story sets it right."""

import os
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from attrs import frozen

CLOCK_FILE: Final = "TOCSIN_DEMO_CLOCK"
"""Variable that names, to a process of the story, the file that `clockwork` reads."""


@frozen
class StoryClock:
    """How far behind the processes of the story are; it changes for all of them at once.

    Attributes:
        file: holds the seconds, a whole number.
    """

    file: Path

    def set_back(self, by: timedelta) -> None:
        """Set the clock back against this machine's; by zero, it is right again."""
        new = self.file.with_suffix(".new")
        new.write_text(str(int(by.total_seconds())), "ascii")
        new.replace(self.file)  # whoever reads it meanwhile sees the old or the new number

    def environment(self, others: Mapping[str, str]) -> dict[str, str]:
        """Return `others` with what makes Python's processes go by this clock."""
        clockwork = str(files("tocsin.demo").joinpath("clockwork"))
        path = os.pathsep.join(filter(None, (clockwork, others.get("PYTHONPATH"))))
        return {**others, "PYTHONPATH": path, CLOCK_FILE: str(self.file.resolve())}
