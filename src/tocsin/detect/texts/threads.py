"""One thread for small products: waiting for each other costs more than sharing the work gains.

The model multiplies matrices of a few hundred rows. With a thread a core OpenBLAS spends up to
five times the processor time on it, more on a busy machine; and two runs with other counts of
threads may add floats in another order. numpy has no setting for it, so
OpenBLAS' own is called, in the copy that numpy's wheel brings; where numpy was built otherwise,
nothing changes but the speed.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy's OpenBLAS use one thread within the block."""
    library = _openblas()
    if library is None:
        yield
        return
    before = library.scipy_openblas_get_num_threads64_()
    library.scipy_openblas_set_num_threads64_(1)
    try:
        yield
    finally:
        library.scipy_openblas_set_num_threads64_(before)


@cache
def _openblas() -> ctypes.CDLL | None:
    package = Path(np.__file__).parent
    places = (package.parent / "numpy.libs", package / ".dylibs")
    for found in sorted(file for place in places for file in place.glob("*scipy_openblas64_*")):
        library = ctypes.CDLL(str(found))
        if hasattr(library, "scipy_openblas_set_num_threads64_"):
            return library
    return None
