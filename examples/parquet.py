"""A file larger than memory: the moments of a Parquet file from record batches, with constant memory.

It needs pandas and PyArrow: ``python -m pip install pandas pyarrow``.
"""

import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sklearn_gd import GDLinearRegressor, Moments

FEATURES = [f"x{j}" for j in range(8)]


def write(path, n_rows, chunk=50_000):
    """Write a table of random rows, a chunk at a time."""
    rng, theta = np.random.default_rng(0), np.arange(1.0, 9.0)
    schema = pa.schema([(name, pa.float64()) for name in [*FEATURES, "y"]])
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(n_rows // chunk):
            X = rng.normal(size=(chunk, 8))
            y = 10.0 + X @ theta + rng.normal(size=chunk)
            writer.write_table(pa.table(dict(zip([*FEATURES, "y"], [*X.T, y], strict=True)), schema))


def batches(path):
    """Yield the features, with their names, and the targets of one record batch after another."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=20_000):
        yield batch.select(FEATURES).to_pandas(), batch["y"].to_numpy()


with tempfile.TemporaryDirectory() as folder:
    for n_rows in (100_000, 1_000_000):
        path = Path(folder) / f"{n_rows}.parquet"
        write(path, n_rows)
        pool = pa.system_memory_pool()  # a new pool, whose peak starts at zero
        pa.set_memory_pool(pool)
        before = pool.bytes_allocated()
        tracemalloc.start()
        moments = Moments.of_batches(batches(path))
        peak = tracemalloc.get_traced_memory()[1] + pool.max_memory() - before
        tracemalloc.stop()
        model = GDLinearRegressor().fit_moments(moments)
        size = path.stat().st_size
        print(f"{n_rows:>9,} rows, {size / 1e6:5.1f} MB in the file, {peak / 1e6:4.1f} MB of peak memory")
    print(f"theta = {model.intercept_:.3f}, {', '.join(f'{coef:.3f}' for coef in model.coef_)}")
