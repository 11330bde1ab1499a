"""Your turn: random starts."""

import numpy as np

from sklearn_gd import gradient_descent

# %%
# Complete the line with the dots: the lowest end of several descents.


def lowest(f, ends):
    """Return the one of the ends, which are numbers, where f is lowest."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(lowest):
    """Return what is wrong with the lowest end, or that it is right."""

    def f(x):
        x = np.squeeze(x)
        return (x**2 - 1) ** 2 + 0.3 * x  # lowest at -1.036, with a local minimum at 0.960

    def mirror(x):
        return f(-x)

    result = lowest(f, [gradient_descent(f, start, alpha=0.02).x[0] for start in (1.8, -1.5, 0.5)])
    if result is ...:
        return "The dots are still there."
    mirrored = lowest(mirror, [gradient_descent(mirror, start, alpha=0.02).x[0] for start in (1.5, -1.8, -0.5)])
    if np.isclose(result, f(-1.036), atol=1e-3):
        return "That is the lowest value of f; return the place instead."
    if np.isclose(result, 0.96, atol=0.01):
        return "That is the local minimum: which of the ends has the lowest f?"
    if np.isclose(result, -1.036, atol=0.01) and np.isclose(mirrored, -0.96, atol=0.01):
        return "That is the leftmost end, which is the lowest only by chance: compare f at the ends."
    if np.isclose(result, -1.036, atol=0.01) and np.isclose(mirrored, 1.036, atol=0.01):
        return "Right: -1.036, the global minimum, because one of the starts lies in its valley."
    return f"The lowest end should be at -1.036. Got {result}."


print(check(lowest))
