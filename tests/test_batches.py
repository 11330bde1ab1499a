"""Batches with named columns: record batches, tables and frames, wherever they come from."""

import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_gd import GDLinearRegressor, Moments

rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {"w": rng.random(90), "a": rng.normal(size=90), "price": rng.normal(size=90), "b": rng.integers(0, 9, 90)}
)
TABLE = pa.Table.from_pandas(FRAME)
FEATURES = ["a", "b"]


class Relation:
    """What DuckDB's relations are: a stream of Arrow's, and no iterable."""

    def __arrow_c_stream__(self, requested_schema=None):
        """Return the capsule of the stream."""
        return TABLE.__arrow_c_stream__(requested_schema)


def batches_of_parquet(folder):
    """Return the batches of a data set."""
    pa.parquet.write_table(TABLE, folder / "rows.parquet", row_group_size=20)
    return pa.dataset.dataset(folder)


SOURCES = {
    "record batches": lambda folder: TABLE.to_batches(max_chunksize=25),
    "reader": lambda folder: TABLE.to_reader(max_chunksize=25),
    "table": lambda folder: TABLE,
    "tables": lambda folder: [TABLE[:40], TABLE[40:]],
    "record batch": lambda folder: TABLE.combine_chunks().to_batches()[0],
    "data set": batches_of_parquet,
    "capsule": lambda folder: Relation(),
    "pandas": lambda folder: FRAME,
    "pandas frames": lambda folder: (FRAME[start : start + 20] for start in range(0, 90, 20)),
    "polars": lambda folder: pl.from_pandas(FRAME),
    "polars slices": lambda folder: pl.from_pandas(FRAME).iter_slices(30),
    "other order": lambda folder: [TABLE[:50], TABLE[50:].select(["b", "price", "a", "w"])],
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("weighted", [True, False])
def test_sources(source, weighted, tmp_path):
    """The rows, with their names, by those of the target and the weight; all else are features."""
    frame = FRAME if weighted else FRAME.drop(columns="w")
    batches = SOURCES[source](tmp_path)
    moments = Moments.of_batches(batches, target="price", sample_weight="w" if weighted else None)
    features = FEATURES if weighted else ["w", *FEATURES]
    whole = Moments.of(FRAME[features], FRAME["price"], FRAME["w"] if weighted else None)
    assert moments.feature_names == tuple(features)
    assert moments.one_target
    assert moments.dtype == "float64"
    assert_allclose(moments.scatter, whole.scatter, rtol=1e-11)
    assert_array_equal(GDLinearRegressor().fit_moments(moments).feature_names_in_, features)
    assert frame is not None


@pytest.mark.parametrize("source", ["record batches", "pandas", "polars"])
def test_several_targets(source, tmp_path):
    """A sequence of names is a matrix of targets."""
    moments = Moments.of_batches(SOURCES[source](tmp_path), target=["price", "w"])
    assert not moments.one_target
    assert_allclose(moments.scatter_xy, Moments.of(FRAME[FEATURES], FRAME[["price", "w"]]).scatter_xy, rtol=1e-11)


def test_numbers_of_all_kinds():
    """Decimals, integers and booleans are numbers; float32 alone stays float32."""
    numbers = [1, 0, 1, 1]
    table = pa.table(
        {
            "decimal": pa.array([decimal.Decimal(number) / 4 for number in numbers], pa.decimal128(9, 2)),
            "bool": pa.array([bool(number) for number in numbers[::-1]]),
            "uint8": pa.array(range(4), pa.uint8()),
            "y": pa.array(numbers, pa.int64()),
        }
    )
    moments = Moments.of_batches(table, target="y")
    assert_allclose(moments.mean, [0.1875, 0.75, 1.5, 0.75])
    narrow = TABLE.select(["a", "price"]).cast(pa.schema([("a", pa.float32()), ("price", pa.float64())]))
    assert Moments.of_batches(narrow, target="price").dtype == "float32"


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (pa.array(["x"] * 90), TypeError, "Batch 0: Column 'c' holds string, which are not numbers"),
        (pa.array([1] * 90, pa.timestamp("s")), TypeError, r"Batch 0: Column 'c' holds timestamp\[s\], which are no"),
        (pa.array(["x"] * 90).dictionary_encode(), TypeError, "Batch 0: Column 'c' holds dictionary"),
        (pa.array([None] + [1.0] * 89), ValueError, "Batch 0: Column 'c' has 1 missing values"),
        (pa.array([np.nan] + [1.0] * 89), ValueError, "Batch 0: Column 'c' holds NaN or infinity"),
    ],
)
def test_columns_that_are_no_numbers(column, error, message):
    """They are named."""
    with pytest.raises(error, match=message):
        Moments.of_batches(TABLE.append_column("c", column), target="price")


def test_refusals():
    """Columns that are missing or new, batches without names, and nothing at all."""
    for batches, options, message in [
        (TABLE, {"target": "cost"}, "Batch 0: There is no column 'cost'; the columns are w, a, price, b"),
        (TABLE, {"target": "price", "sample_weight": "v"}, "Batch 0: There is no column 'v'"),
        ([TABLE, TABLE.drop_columns("a")], {"target": "price"}, "Batch 1: There is no column 'a'"),
        ([TABLE.drop_columns("a"), TABLE], {"target": "price"}, "Batch 1: Column 'a' was not in the earlier"),
        (TABLE.select(["price"]), {"target": "price"}, "Batch 0: There are no features"),
        (TABLE[:0], {"target": "price"}, "There are no batches|Found array with 0 sample"),
        ([], {"target": "price"}, "There are no batches"),
        ([(FRAME[FEATURES], FRAME["w"])], {"sample_weight": "w"}, "set target too"),
    ]:
        with pytest.raises(ValueError, match=message):
            Moments.of_batches(batches, **options)
    with pytest.raises(
        TypeError, match=r"Batch 0: With target='y', batches must have named columns.*Got tuple instead"
    ):
        Moments.of_batches([(FRAME[FEATURES], FRAME["w"])], target="y")
    with pytest.raises(ValueError, match="Batch 0: Negative values in data passed to `sample_weight`"):
        Moments.of_batches(TABLE, target="price", sample_weight="a")
