"""More than one machine: the rows stay with the workers of a Dask cluster, which send only moments.

It needs the extra dask: ``python -m pip install ".[dask]"``.
"""

import pickle

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV


def table(n_rows, n_features, block):
    """Return features and targets that the workers draw when they need them."""
    X = da.random.default_rng(0).normal(size=(n_rows, n_features), chunks=(block, n_features))
    noise = da.random.default_rng(1).normal(size=n_rows, chunks=block)
    return X, 10.0 + X @ np.arange(1.0, n_features + 1.0) + noise


if __name__ == "__main__":  # the workers are processes, which import this file
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster):
        X, y = table(n_rows=1_000_000, n_features=5, block=100_000)
        model = GDLinearRegressor().fit(X, y)  # one pass, then a local descent
        print(f"theta = {model.intercept_:.3f}, {', '.join(f'{coef:.3f}' for coef in model.coef_)}")
        print(f"R² {model.score(X, y):.4f} in one more pass; predictions are lazy: {model.predict(X)}")

        search = GDLinearRegressorCV(alphas=20, cv=5).fit(X, y)  # 20 rates on 5 folds, also one pass
        print(f"alpha={search.alpha_:.2g} of {len(search.alphas_)}: R² {search.best_score_:.4f} on unseen rows")
        size = len(pickle.dumps(model.moments_))
        print(f"a block has {X.nbytes // X.numblocks[0]:,} bytes, its moments {size:,}")
