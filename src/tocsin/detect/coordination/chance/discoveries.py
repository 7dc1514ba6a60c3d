"""Which of many tests are discoveries, when at most a share q of them may be false."""

import numpy as np
from numpy.typing import NDArray

from tocsin.foundation import UsageError

Floats = NDArray[np.float64]


def benjamini_hochberg(
    p_value: Floats, hypotheses: float, *, any_dependence: bool = False
) -> Floats:
    """Return q-values; a test is a discovery at q when its q-value is at most q.

    Args:
        p_value: of the tests that were worked out.
        hypotheses: all that were possible. Those that are missing count with a p-value of 1.
        any_dependence: divide by the harmonic sum (Benjamini and Yekutieli 2001); without it,
            tests are independent or positively dependent (Benjamini and Hochberg 1995).

    Raises:
        UsageError: when there are fewer hypotheses than p-values, or a p-value is no probability.
    """
    count = len(p_value)
    if hypotheses < count:
        raise UsageError(
            f"{count} p-values of {hypotheses} hypotheses",
            hint="count every test that was possible",
        )
    if count and not (p_value.min() >= 0 and p_value.max() <= 1):
        raise UsageError("a p-value is below 0 or above 1", hint="give probabilities")
    order = np.argsort(p_value, kind="stable")
    scale = hypotheses * (_harmonic(hypotheses) if any_dependence else 1.0)
    stepped = p_value[order] * scale / np.arange(1, count + 1)
    q_value = np.empty(count)
    q_value[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q_value


def _harmonic(n: float) -> float:
    """1 + 1/2 + ... + 1/n, by Euler and Maclaurin beyond what is quick to add."""
    if n <= 1_000:
        return float((1.0 / np.arange(1, int(n) + 1)).sum())
    return float(np.log(n) + np.euler_gamma + 1 / (2 * n))
