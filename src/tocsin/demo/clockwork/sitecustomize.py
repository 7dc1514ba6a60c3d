"""Sets back the clock of the story's processes; Python runs this file when each of them starts.

A member that has been silent for six days cannot be shown in two minutes by the real clock. The
product has no switch for another one: this folder is on the path of the processes that the demo
starts, and of no others, and there is nothing in it but this. See `tocsin.demo.clock`.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tocsin.foundation import SystemClock

_file = os.environ.get("TOCSIN_DEMO_CLOCK")

if _file:
    _set_back_s = Path(_file)

    def _now(self: SystemClock) -> datetime:  # noqa: ARG001 - a method of it from here on
        # Read each time: the exchange lives on while the story moves to the present.
        return datetime.now(UTC) - timedelta(seconds=int(_set_back_s.read_text("ascii")))

    SystemClock.now = _now  # type: ignore[method-assign]
