"""Your turn: the cost of a line."""

import numpy as np

# %%
# Complete the line with the dots: half the mean of the squared errors.


def cost(theta_0, theta_1, x, y):
    """Return J of the line theta_0 + theta_1 x; x and y are arrays."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(cost):
    """Return what is wrong with a cost, or that it is right."""
    x, y = np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 3.0])
    result = cost(1.0, 1.0, x, y)  # the errors are 0, 0 and 2
    if result is ...:
        return "The dots are still there."
    if np.ndim(result):
        return "The cost is one number: add up the squared errors."
    if abs(result - 2 / 3) < 1e-9:
        return "Right: (0 + 0 + 4) / (2 * 3)."
    if abs(result - 4 / 3) < 1e-9:
        return "That is the mean of the squared errors; J is half of it."
    if abs(result - 2.0) < 1e-9:
        return "The sum is halved, but not divided by the number of points."
    if abs(result - 4.0) < 1e-9:
        return "That is the sum of the squared errors; divide it by 2m."
    if abs(result - 1 / 3) < 1e-9:
        return "The errors are not squared."
    return f"With errors 0, 0 and 2, the cost should be 4 / 6. Got {result}."


print(check(cost))
