"""
Data larger than memory, and a cluster
======================================

Least squares needs the sums of squares and products of the columns, and no more.
These sums add up, so rows can be read piece by piece and forgotten, or stay where they are.
"""

import pickle

import dask
import dask.array as da
import numpy as np

from sklearn_gd import GDLinearRegressor, Moments
from sklearn_gd.displays import DescentPathDisplay


def chunk(seed, n_rows=100_000):
    """Return some houses, sizes and prices, as if they were read from a file."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.5, 2.5, n_rows)
    return size[:, np.newaxis], 0.5 + 1.5 * size + rng.normal(0, 0.3, n_rows)


# %%
# Chunk by chunk
# --------------
#
# ``Moments`` are these sums: a few numbers, however many rows they stand for.
# One fit of all chunks costs one reading, and an iteration does not touch the rows at all.

moments = Moments.of_batches(chunk(seed) for seed in range(10))
model = GDLinearRegressor().fit_moments(moments)
print(moments)
print(f"{10 * chunk(0)[0].nbytes * 2:,} bytes of rows, {len(pickle.dumps(moments)):,} bytes of moments")
print(f"theta = ({model.intercept_:.3f}, {model.coef_[0]:.3f}) after {model.n_iter_} iterations")

# %%
# Two places, one sum
# -------------------
#
# Two offices add their moments, and neither shows its rows to the other.

north, south = Moments.of(*chunk(0)), Moments.of(*chunk(1))
both = GDLinearRegressor().fit_moments(north + south)
rows = [np.concatenate(part) for part in zip(chunk(0), chunk(1), strict=True)]
print(f"difference to a fit of all rows: {abs(both.coef_ - GDLinearRegressor().fit(*rows).coef_).max():.0e}")

# %%
# A cluster
# ---------
#
# ``fit`` takes the collections of Dask, as it takes arrays: each block becomes moments where it lies.
# Here Dask's threads do the work; ``examples/dask_cluster.py`` does the same on a cluster of processes.

with dask.config.set(scheduler="threads", num_workers=2):
    size = da.random.default_rng(0).uniform(0.5, 2.5, size=1_000_000, chunks=100_000)
    price = 0.5 + 1.5 * size + da.random.default_rng(1).normal(0, 0.3, size=1_000_000, chunks=100_000)
    model = GDLinearRegressor().fit(size[:, np.newaxis], price)
print(f"theta = ({model.intercept_:.3f}, {model.coef_[0]:.3f}) from {size.numblocks[0]} blocks")

# %%
# The picture
# -----------
#
# The bowl, too, is made of moments, so it costs no more for a million rows than for a few.

display = DescentPathDisplay.from_data(moments, alphas=[0.001, 0.25])

# %%
# **Question.** There are twice as many rows; how much longer does an iteration take?
#
# **Answer.** No longer: it works on the moments, whose number depends on the columns alone.

print(f"{len(pickle.dumps(north)):,} bytes of moments for {north.weight:,.0f} rows,", end=" ")
print(f"{len(pickle.dumps(north + south)):,} for {(north + south).weight:,.0f}")

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_15.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `a hundred points, and a step costs what it did with twelve <../drag-alpha.html?lesson=large_data>`__.
#
# This is the last lesson; the course begins with :ref:`sphx_glr_auto_examples_plot_01_derivative.py`.
