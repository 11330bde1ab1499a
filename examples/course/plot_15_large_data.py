"""
Data larger than memory, and a cluster
======================================

Least squares needs only the sums of squares and products of the columns.
These sums add up, so rows can be read piece by piece and then discarded, or can stay where they are.
"""

import pickle

import dask
import dask.array as da
import numpy as np

from sklearn_gd import GDLinearRegressor, Moments
from sklearn_gd.displays import DescentPathDisplay


def chunk(seed, n_rows=100_000):
    """Return sizes and prices of houses, in place of a file."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.5, 2.5, n_rows)
    price = 0.5 + 1.5 * size + rng.normal(0, 0.3, n_rows)
    return size[:, np.newaxis], price


def show(model, source):
    """Print the parameters of a model, and what they come from."""
    theta_0, theta_1 = model.intercept_, model.coef_[0]
    print(f"theta = ({theta_0:.3f}, {theta_1:.3f}) from {source}")


# %%
# Chunk by chunk
# --------------
#
# ``Moments`` are these sums: a few numbers, however many rows they describe.
# A fit to all chunks reads each of them once, and its iterations do not touch the rows at all.

moments = Moments.of_batches(chunk(seed) for seed in range(10))
model = GDLinearRegressor().fit_moments(moments)
print(moments)
n_bytes = 2 * 10 * chunk(0)[0].nbytes, len(pickle.dumps(moments))
print("{:,} bytes of rows, {:,} bytes of moments".format(*n_bytes))
show(model, f"{model.n_iter_} iterations")

# %%
# Two places, one sum
# -------------------
#
# Two offices add their moments, and neither has to show its rows to the other.

north, south = Moments.of(*chunk(0)), Moments.of(*chunk(1))
both = GDLinearRegressor().fit_moments(north + south)
X, y = map(np.concatenate, zip(chunk(0), chunk(1), strict=True))
whole = GDLinearRegressor().fit(X, y)
difference = abs(both.coef_ - whole.coef_).max()
print(f"difference from a fit to all rows: {difference:.0e}")

# %%
# A cluster
# ---------
#
# ``fit`` accepts Dask collections as well as arrays: the moments of each block are computed where the block is stored.
# Here Dask's threads do the work; ``examples/dask_cluster.py`` does the same on a cluster of processes.

rows = {"size": 1_000_000, "chunks": 100_000}
with dask.config.set(scheduler="threads", num_workers=2):
    size = da.random.default_rng(0).uniform(0.5, 2.5, **rows)
    noise = da.random.default_rng(1).normal(0, 0.3, **rows)
    price = 0.5 + 1.5 * size + noise
    model = GDLinearRegressor().fit(size[:, np.newaxis], price)
show(model, f"{size.numblocks[0]} blocks")

# %%
# The picture
# -----------
#
# The bowl is computed from moments too, so it takes no longer for a million rows than for a few.

display = DescentPathDisplay.from_data(moments, alphas=[0.001, 0.25])

# %%
# **Question.** There are twice as many rows; how much longer does an iteration take?
#
# **Answer.** No longer: it works on the moments, whose size depends only on the number of columns.

for part in (north, north + south):
    n_bytes = len(pickle.dumps(part))
    print(f"{n_bytes:,} bytes of moments for {part.weight:,.0f} rows")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_15.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `with a hundred points, a step costs the same as with twelve <../drag-alpha.html?lesson=large_data>`__.
#
# This is the last lesson; the course begins with :ref:`sphx_glr_auto_examples_plot_01_derivative.py`.
