"""Your turn: scaling, and back."""

import numpy as np

# %%
# Complete the line with the dots: a line was fitted to z = (x - mean) /
# std; what is it in terms of x?


def unscaled(intercept, slope, mean, std):
    """Return the intercept and slope of the same line, in the unit of x."""
    return ..., ...


# %%
# The check: run it, and it says what is wrong.


def check(unscaled):
    """Return what is wrong with the result, or that it is right: both lines predict the same."""
    x = np.array([1000.0, 2000.0, 4500.0])
    z = (x - x.mean()) / x.std()
    intercept, slope = unscaled(10.0, 3.0, x.mean(), x.std())
    if intercept is ... or slope is ...:
        return "The dots are still there."
    if np.allclose(intercept + slope * x, 10.0 + 3.0 * z):
        return "Right: both lines predict the same."
    if np.isclose(slope, 3.0 * x.std()):
        return "The slope is multiplied by std, but one unit of z is std units of x, so divide."
    if np.isclose(slope, 3.0):
        return "The slope is still the one for z."
    if np.isclose(slope, 3.0 / x.std()):
        return "The slope is right. At x = mean the line has the height 10, so where is it at x = 0?"
    return f"At x = 1000 the line should predict {10 + 3 * z[0]:.4f}. Got {intercept + slope * 1000:.4f}."


print(check(unscaled))
