"""Your turn: momentum."""

import numpy as np

# %%
# Complete the line with the dots: what remains of the velocity, plus the
# gradient.


def momentum(theta, gradient, alpha, v=0.0):
    """Return the position and the velocity, of which a ball keeps 0.9."""
    v = ...
    return theta - alpha * v, v


# %%
# The check: run it, and it says what is wrong.


def check(momentum):
    """Return what is wrong with a momentum, or that it is right, after two steps."""
    try:
        theta, v = momentum(np.array([1.0]), np.array([2.0]), 0.1)
        theta, v = momentum(theta, np.array([1.0]), 0.1, v)
    except TypeError:
        return "The dots are still there."
    if np.allclose(v, 2.8) and np.allclose(theta, 0.52):
        return "Right: 0.9 * 2 + 1 = 2.8, and the rate stays outside the velocity."
    if np.allclose(v, 1.0):
        return "The velocity is only the gradient: it has forgotten the last step."
    if np.allclose(v, 3.0):
        return "All of the velocity remains: the ball would never come to rest."
    if np.allclose(v, 0.28):
        return "Only 0.1 of the gradient is in v, as in Adam; here it counts in full."
    if np.allclose(v, -0.8):
        return "The sign is wrong: v points uphill, and theta moves against it."
    return f"After gradients of 2 and 1, the velocity should be 2.8. Got {np.ravel(v)[0]:.3f}."


print(check(momentum))
