"""The verdict on a constant rate in plain descent: one rule for the sentences and the colours."""

import math

# The shares of ``2 / L`` from which on a rate is good, and from which on it overshoots. Below a tenth of ``1 / L`` a
# descent takes ten times as many iterations; above ``1 / L``, which is "auto" to rounding, it overshoots.
GOOD, OVERSHOOTING = 0.05, 0.5 * (1.0 + 1e-9)


def share_of_limit(alpha: float, alpha_limit: float) -> float:
    """Return ``alpha / (2 / L)``; for a constant cost, which has no limit, the share of ``1 / L``."""
    return alpha / alpha_limit if math.isfinite(alpha_limit) else 0.5


def verdict(alpha: float, alpha_limit: float) -> str:
    """Return what plain descent does at a constant rate: too small, good, overshooting or diverging."""
    share = share_of_limit(alpha, alpha_limit)
    if share < OVERSHOOTING:
        return "too small" if share < GOOD else "good"
    return "overshooting" if share < 1.0 else "diverging"
