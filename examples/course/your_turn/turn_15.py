"""Your turn: sums that add up."""

import numpy as np

from sklearn_gd import GDLinearRegressor, Moments

# %%
# Complete the line with the dots: the moments of all chunks, without all
# rows at once.


def total(chunks):
    """Return the moments of all chunks, each of which is a pair (X, y)."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(total):
    """Return what is wrong with a total, or that it equals that of all rows at once."""
    rng = np.random.default_rng(0)
    chunks = [(rng.normal(size=(n, 2)), rng.normal(size=n)) for n in (10, 20, 30)]
    result = total(iter(chunks))
    if result is ...:
        return "The dots are still there."
    if not isinstance(result, Moments):
        return f"This is a {type(result).__name__}, not Moments."
    if result.weight == 30:
        return "These are the moments of only the last chunk."
    if result.weight == 10:
        return "These are the moments of only the first chunk."
    if result.weight != 60:
        return f"There are 60 rows, but the result has {result.weight:g}."
    rows = [np.concatenate(part) for part in zip(*chunks, strict=True)]
    one, other = (GDLinearRegressor().fit_moments(moments).coef_ for moments in (result, Moments.of(*rows)))
    return (
        "Right: the fit equals that of all rows."
        if np.allclose(one, other)
        else "All rows are there, but something else differs."
    )


print(check(total))
