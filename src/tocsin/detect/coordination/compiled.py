"""Loops that numba compiles: one decorator, typed, so that kernels keep their signatures."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile on the first call, keep the result on disk, and let go of the interpreter's lock."""
    return cast("Kernel", numba.njit(cache=True, nogil=True)(kernel))
