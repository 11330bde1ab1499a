"""Your turn: the stop rule."""

import numpy as np

# %%
# Complete the line with the dots: has no parameter moved by more than
# tol?


def has_stopped(theta, old_theta, tol):
    """Return whether the descent stops here; the thetas are arrays."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(has_stopped):
    """Return what is wrong with a stop rule, or that it is right."""
    old = np.array([1.0, 2.0])
    moves = {
        "both by 0.00005": (5e-5, 5e-5),
        "one by 0.001": (0.0, 1e-3),
        "one by -0.001": (-1e-3, 0.0),
    }
    told = {name: has_stopped(old + move, old, 1e-4) for name, move in moves.items()}
    if told["one by 0.001"] is ...:
        return "The dots are still there."
    if any(np.ndim(answer) for answer in told.values()):
        return "The answer is one yes or no for all parameters: look at the largest move."
    if not told["both by 0.00005"]:
        return "Both moves are shorter than tol, but the descent continues."
    if told["one by -0.001"] and not told["one by 0.001"]:
        return "It stops at a move of -0.001: a long move may go down, too, so use its size."
    if told["one by 0.001"]:
        return "It stops while one parameter still moves by 0.001: all moves must be short, not just one or their mean."
    if told["one by -0.001"]:
        return "It stops at a move of -0.001, which is longer than tol."
    if not has_stopped(old, old, 0.0):
        return "With tol = 0, a step that moves nothing should stop it: the rule is at most tol, not below it."
    return "Right: the largest move decides."


print(check(has_stopped))
