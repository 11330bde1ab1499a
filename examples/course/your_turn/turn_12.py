"""Your turn: the step that makes zeros."""

import numpy as np

# %%
# Complete the line with the dots: each number moves towards 0 by the
# threshold, and a number that is closer to 0 than that becomes 0.


def shrunk(theta, threshold):
    """Return the numbers, closer to 0 by the threshold."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(shrunk):
    """Return what is wrong with the step, or that it is right."""
    theta = np.array([3.0, -2.0, 0.4, -0.1])
    result = shrunk(theta, 0.5)
    if result is ...:
        return "The dots are still there."
    if np.allclose(result, [2.5, -1.5, 0.0, 0.0]):
        return "Right: the large ones are smaller, and the small ones are 0."
    if np.allclose(result, theta - 0.5):
        return "-2 has moved away from 0: the sign decides the direction."
    if np.allclose(result, theta - 0.5 * np.sign(theta)):
        return "0.4 has gone past 0: it should stop at 0."
    if np.allclose(result, [2.5, 1.5, 0.0, 0.0]):
        return "The sign is lost: -2 becomes -1.5."
    return f"[3, -2, 0.4, -0.1] should become [2.5, -1.5, 0, 0]. Got {result}."


print(check(shrunk))
