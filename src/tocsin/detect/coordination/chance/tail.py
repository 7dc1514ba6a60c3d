"""How improbable so many successes are: the tail of the Poisson-binomial distribution.

Exact where that is cheap, else a bound that is never below the exact value.
"""

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.compiled import compiled

Floats = NDArray[np.float64]

EXACT_STEPS = 4_096
_HALVINGS = 50


@compiled
def exact_tail(n: int, p: Floats, m: int) -> float:
    """P(at least n of the first m independent events), by adding one event after the other.

    Only sums of products of positive numbers: small tails keep their relative accuracy.
    """
    if n <= 0:
        return 1.0
    if n > m:
        return 0.0
    below = np.zeros(n)
    below[0] = 1.0
    reached = 0.0
    for k in range(m):
        reached += below[n - 1] * p[k]
        for j in range(min(n - 1, k + 1), 0, -1):
            below[j] = below[j] * (1.0 - p[k]) + below[j - 1] * p[k]
        below[0] *= 1.0 - p[k]
    return min(reached, 1.0)


@compiled
def tail_bound(n: int, p: Floats, m: int) -> float:
    """Bound the same tail from above (Chernoff 1952), at the best of all exponents."""
    mean = 0.0
    for k in range(m):
        mean += p[k]
    if n <= mean:
        return 1.0
    if n > m:
        return 0.0
    low, high = 0.0, 60.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        lift = np.exp(middle)
        tilted = 0.0
        for k in range(m):
            tilted += p[k] * lift / (1.0 - p[k] + p[k] * lift)
        if tilted < n:
            low = middle
        else:
            high = middle
    lift = np.exp(low)
    exponent = -low * n
    for k in range(m):
        exponent += np.log1p(p[k] * (lift - 1.0))
    bound: float = min(np.exp(exponent), 1.0)
    return bound


@compiled
def tail(n: int, p: Floats, m: int) -> float:
    """Exact up to `EXACT_STEPS` steps, else the bound."""
    return exact_tail(n, p, m) if n * m <= EXACT_STEPS else tail_bound(n, p, m)
