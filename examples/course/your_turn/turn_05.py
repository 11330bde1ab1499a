"""Your turn: the update."""

import numpy as np

# %%
# Complete the line with the dots: the next pair, from both sums.


def update(theta_0, theta_1, alpha, x, y):
    """Return both parameters after one step; x and y are arrays."""
    return ..., ...


# %%
# The check: run it, and it says what is wrong.


def check(update):
    """Return what is wrong with an update, or that it is right."""
    x, y = np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 3.0])
    theta_0, theta_1 = update(1.0, 1.0, 0.1, x, y)  # the errors are 0, 0 and 2
    if theta_0 is ... or theta_1 is ...:
        return "The dots are still there."
    if np.ndim(theta_0) or np.ndim(theta_1):
        return "Each parameter is one number: add up the errors."
    right = 1 - 0.1 * 2 / 3, 1 - 0.1 * 8 / 3
    if np.allclose([theta_0, theta_1], right):
        return "Right: the line is 2 too high at the last point, so it moves down there."
    if theta_0 > 1 or theta_1 > 1:
        return "It goes uphill: the line is too high at the last point, so both parameters should become smaller."
    if np.allclose([theta_0, theta_1], [1 - 0.1 * 2, 1 - 0.1 * 8]):
        return "The sums are not divided by the number of points."
    if np.isclose(theta_0, right[0]) and np.isclose(theta_1, right[0]):
        return "theta_1 needs each error times its x_i."
    return f"It should be ({right[0]:.4f}, {right[1]:.4f}). Got ({theta_0:.4f}, {theta_1:.4f})."


print(check(update))
