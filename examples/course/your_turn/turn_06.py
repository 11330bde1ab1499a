"""Your turn: the gradient."""

import numpy as np

# %%
# Complete the line with the dots: all partial derivatives at once.


def gradient(theta, X, y):
    """Return the partial derivatives of J, one for each column of X."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(gradient):
    """Return what is wrong with a gradient, or that it is right, by nudging."""
    X, y = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 4.0]]), np.array([2.0, 3.0, 3.0])
    theta = np.array([1.0, 2.0])
    result = gradient(theta, X, y)
    if result is ...:
        return "The dots are still there."
    if np.shape(result) != (2,):
        return f"There are two parameters, so there should be two derivatives. Got shape {np.shape(result)}."

    def cost(theta):
        return ((X @ theta - y) ** 2).sum() / 6

    nudged = np.array([(cost(theta + e) - cost(theta - e)) / 2e-5 for e in 1e-5 * np.eye(2)])
    for scale, word in (
        (3, "1/m is missing."),
        (2, "The 2 of the square and the 1/2 of J cancel out."),
        (-1, "The sign is wrong."),
    ):
        if np.allclose(result, scale * nudged):
            return word
    if np.allclose(result, nudged):
        return "Right: the nudges say the same."
    return f"The nudges say {nudged.round(4)}, but the formula says {np.round(result, 4)}."


print(check(gradient))
