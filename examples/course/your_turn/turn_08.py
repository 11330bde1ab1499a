"""Your turn: a schedule."""

from sklearn_gd import GDLinearRegressor

# %%
# Complete the line with the dots: a straight line from 1 at t = 0 down to
# 0.1 at t = max_iter.


def schedule(t, max_iter):
    """Return the factor on alpha at iteration t."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(schedule):
    """Return what is wrong with a schedule, or that it is right: by itself, and in a descent."""
    first, middle, last = (schedule(t, 100) for t in (0, 50, 100))
    if first is ...:
        return "The dots are still there."
    if abs(first - 1) > 1e-9:
        return f"It starts at 1, so that the rate of the first step is alpha. Got {first:g}."
    if abs(last) < 1e-9:
        return "It falls to 0; it should fall to 0.1."
    if abs(last - 0.1) > 1e-9:
        return f"At t = max_iter it should be 0.1. Got {last:g}."
    if abs(middle - 0.55) > 1e-9:
        return f"Halfway down a straight line it should be 0.55. Got {middle:g}."
    model = GDLinearRegressor(0.5, scheduler=schedule, max_iter=100, tol=None).fit(
        [[-1.0], [0.0], [1.0]], [1.0, 2.0, 3.0]
    )
    return f"Right: a descent with it reaches a coefficient of {model.coef_[0]:.3f}."


print(check(schedule))
