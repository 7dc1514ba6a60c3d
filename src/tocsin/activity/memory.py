"""How much memory a query may take before it spills."""

import os
from pathlib import Path
from typing import Final

_MIB: Final = 2**20
_LEAST_MB: Final = 256
_CGROUPS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def usual_mb() -> int:
    """Return half of what this machine, or the container around it, gives; at least 256 MiB.

    The other half is for what reads the export and for whoever else works here.
    """
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in _CGROUPS:
        try:
            sizes.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue  # no such limit, or `max`
    return max(min(sizes) // _MIB // 2, _LEAST_MB)
