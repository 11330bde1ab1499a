"""Your turn: momentum."""

import numpy as np

# %%
# Complete the line with the dots: what is left of the velocity, and the
# gradient.


def momentum(theta, gradient, alpha, v=0.0):
    """Return where the ball is, and how fast it is; 0.9 of the velocity is left."""
    v = ...
    return theta - alpha * v, v


# %%
# The check: run it, and it says what is wrong.


def check(momentum):
    """Return what is wrong with a momentum, or that it is right: two steps tell."""
    try:
        theta, v = momentum(np.array([1.0]), np.array([2.0]), 0.1)
        theta, v = momentum(theta, np.array([1.0]), 0.1, v)
    except TypeError:
        return "The dots are still there."
    if np.allclose(v, 2.8) and np.allclose(theta, 0.52):
        return "Right: 0.9 * 2 + 1 = 2.8, and the rate stays outside of it."
    if np.allclose(v, 1.0):
        return "The velocity is the gradient alone: it has forgotten the last step."
    if np.allclose(v, 3.0):
        return "All of the velocity is left: it would never come to rest."
    if np.allclose(v, 0.28):
        return "The gradient is in v with 0.1 of it, as in Adam; here it counts in full."
    if np.allclose(v, -0.8):
        return "The sign is wrong: v points uphill, and theta goes against it."
    return f"After gradients of 2 and 1 the velocity is 2.8, and this is {np.ravel(v)[0]:.3f}."


print(check(momentum))
