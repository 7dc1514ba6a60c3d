"""Places for the accounts of a group: near each other who act together often."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROUNDS: Final = 120
_COOLING: Final = 0.96
_SEED: Final = 20180821


def place(size: int, ties: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay a network out by forces (Fruchterman and Reingold 1991), with a pull to the middle.

    The same network gives the same picture. Memory and time grow with size squared: meant for at
    most some hundreds of accounts.

    Args:
        size: number of accounts.
        ties: shape (n, 2), places of the two accounts of each tie.
        weights: shape (n,), positive; heavier ties draw closer.

    Returns:
        Shape (size, 2), coordinates within -1 and 1.
    """
    spots = np.random.default_rng(_SEED).uniform(-1, 1, (size, 2))
    if size < 2:
        return np.zeros((size, 2))
    ideal = 1.2 / np.sqrt(size)
    pull = np.log1p(weights) / np.log1p(weights.max()) if len(weights) else weights
    heat = 0.25
    for _ in range(_ROUNDS):
        force = _apart(spots, ideal) - 0.4 * spots
        _together(force, spots, ties, pull / ideal)
        length = np.maximum(np.linalg.norm(force, axis=1), 1e-12)
        spots = spots + force * (np.minimum(length, heat) / length)[:, None]
        heat *= _COOLING
    spots -= (spots.max(axis=0) + spots.min(axis=0)) / 2
    fitted: NDArray[np.float64] = spots / max(float(np.abs(spots).max()), 1e-12)
    return fitted


def _apart(spots: NDArray[np.float64], ideal: float) -> NDArray[np.float64]:
    gaps = spots[:, None, :] - spots[None, :, :]
    square = np.maximum((gaps**2).sum(axis=2), 1e-6)
    force: NDArray[np.float64] = (gaps * (ideal**2 / square)[:, :, None]).sum(axis=1)
    return force


def _together(
    force: NDArray[np.float64],
    spots: NDArray[np.float64],
    ties: NDArray[np.int64],
    strength: NDArray[np.float64],
) -> None:
    if not len(ties):
        return
    gaps = spots[ties[:, 1]] - spots[ties[:, 0]]
    drawn = gaps * (np.linalg.norm(gaps, axis=1) * strength)[:, None]
    np.add.at(force, ties[:, 0], drawn)
    np.add.at(force, ties[:, 1], -drawn)
