"""A table in a database file: its moments from DuckDB's batches, compared with reading it into pandas first.

``python examples/database.py 5000000`` uses the size given on the page about moments.
It needs the extra database, which is duckdb: ``python -m pip install ".[database]"``.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from sklearn_gd import GDLinearRegressor, Moments

FEATURES = [f"x{j}" for j in range(8)]


def write(path, n_rows):
    """Write a table of random rows, in which the price is a sum."""
    columns = ", ".join(f"random() AS {name}" for name in FEATURES)
    price = " + ".join(f"{j + 1} * {name}" for j, name in enumerate(FEATURES))
    rows = f"SELECT {columns} FROM range({n_rows})"
    with duckdb.connect(path) as con:
        con.sql(f"CREATE TABLE houses AS SELECT *, 10 + {price} + random() AS price FROM ({rows})")


def batches(con):
    """Return the fit from batches, with one in memory at a time."""
    reader = con.sql("SELECT * FROM houses").to_arrow_reader(100_000)
    return GDLinearRegressor(standardize=True).fit_moments(Moments.of_batches(reader, target="price"))


def pandas(con):
    """Return the fit to a data frame with all rows."""
    frame = con.sql("SELECT * FROM houses").df()
    return GDLinearRegressor(standardize=True).fit(frame[FEATURES], frame["price"])


def measure(fit, path):
    """Print the time of a fit in seconds, and its peak memory in MB."""
    with duckdb.connect(path, read_only=True, config={"memory_limit": "128MB"}) as con:
        start = time.perf_counter()
        model = fit(con)
        seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{fit.__name__:8} {seconds:5.2f} s {peak:6.0f} MB  theta = {model.intercept_:.2f}, {model.coef_.round(2)}")


FITS = {"batches": batches, "pandas": pandas}
first = sys.argv[1] if sys.argv[1:] else ""
if first in FITS:  # one process per fit, so that each has its own peak
    measure(FITS[first], sys.argv[2])
else:
    n_rows = int(first) if first.isdigit() else 50_000
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "houses.duckdb")
        write(path, n_rows)
        print(f"{n_rows:,} rows in a file of {Path(path).stat().st_size / 1e6:.0f} MB", flush=True)
        for name in FITS:
            done = subprocess.run([sys.executable, __file__, name, path], capture_output=True, text=True, check=True)
            print(done.stdout, end="")
