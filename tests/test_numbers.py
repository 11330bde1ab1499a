"""Data that are no numbers yet: read as numbers, or refused in a sentence that names the column."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments, alpha_limits, descent_path

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.array([[1.0, 2.0], [3.5, 5.0], [4.0, 1.0], [7.0, 3.0], [2.0, 2.5], [5.0, 6.0]])
Y = X @ [2.0, -1.0] + 1.0
U, V = X.T
WORDS = list("abcdef")
DAYS = pd.date_range("2020-01-01", periods=6)


def text(values):
    """Return numbers as strings."""
    return [f"{value:g}" for value in values]


def decimals(values):
    """Return numbers as decimals."""
    return [Decimal(one) for one in text(values)]


def column(values, kind):
    """Return a column of pyarrow."""
    return pa.array(values).dictionary_encode() if kind == "dictionary" else pa.array(decimals(values), kind)


@pytest.fixture
def given(request):
    """Return data; those of polars are made here, for no fork of the process that collects has polars' threads."""
    return request.param() if callable(request.param) else request.param


READ = {
    "pandas categories": pd.DataFrame({"u": pd.Categorical(U), "v": pd.Categorical(V)}),
    "pandas categories of strings": pd.DataFrame({"u": pd.Categorical(text(U)), "v": pd.Categorical(text(V))}),
    "pandas category and floats": pd.DataFrame({"u": pd.Categorical(text(U)), "v": V}),
    "pandas objects": pd.DataFrame({"u": decimals(U), "v": [Fraction(one) for one in V]}),
    "pandas strings": pd.DataFrame({"u": text(U), "v": V}).astype({"u": "string"}),
    "pandas decimals of pyarrow": pd.DataFrame({"u": U, "v": V}).astype(pd.ArrowDtype(pa.decimal128(6, 2))),
    "polars decimals": lambda: pl.DataFrame({"u": U, "v": V}).cast(pl.Decimal(6, 2)),
    "polars strings": lambda: pl.DataFrame({"u": text(U), "v": text(V)}),
    "polars categories and floats": lambda: pl.DataFrame({"u": text(U), "v": V}).cast({"u": pl.Categorical}),
    "polars enums": lambda: pl.DataFrame({"u": text(U), "v": text(V)}).cast(
        {"u": pl.Enum(text(U)), "v": pl.Enum(text(V))}
    ),
    "pyarrow decimals": pa.table({"u": column(U, pa.decimal128(6, 2)), "v": column(V, pa.decimal256(6, 2))}),
    "pyarrow decimal and floats": pa.table({"u": column(U, pa.decimal128(6, 2)), "v": V}),
    "pyarrow dictionaries": pa.table({"u": column(text(U), "dictionary"), "v": column(V, "dictionary")}),
    "lists of decimals": [decimals(row) for row in X],
    "objects of fractions": np.array([[Fraction(one) for one in row] for row in X]),
}


@pytest.mark.parametrize("given", READ.values(), ids=READ, indirect=True)
def test_what_is_read(given):
    """It is as if the numbers had been given, to rounding in another layout, also for those to predict from."""
    options = {"max_iter": 20, "tol": None}

    def results(data):
        model, search = GDLinearRegressor(**options), GDLinearRegressorCV(alphas=2, cv=2, **options)
        yield model.fit(data, Y).coef_
        yield model.predict(data)
        yield model.score(data, Y)
        yield model.partial_fit(data, Y).coef_
        yield GDLinearRegressor(precompute=False, **options).fit(data, Y).coef_
        yield Moments.of(data, Y).scatter
        yield alpha_limits(data).alpha_limit
        yield descent_path(data, Y, [0.01], max_iter=3).coefs
        yield search.fit(data, Y).predict(data)

    for read, right in zip(results(given), results(X), strict=True):
        assert_allclose(read, right, rtol=1e-11)


# What `LinearRegression` reads, it reads as these numbers.
@pytest.mark.parametrize("name", ["pandas categories", "pandas objects", "pandas strings", "objects of fractions"])
def test_as_linear_regression(name):
    """The minimum is that of scikit-learn on the same data."""
    model = GDLinearRegressor(standardize=True, max_iter=10_000, tol=1e-14).fit(READ[name], Y)
    assert_allclose(model.coef_, LinearRegression().fit(READ[name], Y).coef_, rtol=1e-9)


TIMES = DAYS - DAYS[0]
REFUSED = {
    "pandas words": (
        pd.DataFrame({"u": U, "v": WORDS}),
        r"Column 'v' of X holds 'a': could not convert.*OneHotEncoder",
    ),
    "pandas categories of words": (pd.DataFrame({"u": pd.Categorical(WORDS), "v": pd.Categorical(WORDS)}), "'u' of X"),
    "pandas intervals": (pd.DataFrame({"u": pd.cut(U, 6), "v": pd.cut(V, 6)}), "'u' of X holds Interval"),
    "pandas dates": (pd.DataFrame({"u": U, "v": DAYS}), r"'v' of X holds dates.*np.timedelta64\(1, 'D'\)"),
    "pandas only dates": (pd.DataFrame({"when": DAYS}), "'when' of X holds dates"),
    "pandas durations": (pd.DataFrame({"u": U, "v": TIMES}), "'v' of X holds durations.*divide"),
    "pandas whole numbers and durations": (pd.DataFrame({"u": [1] * 6, "v": TIMES}), "'v' of X holds durations"),
    "pandas complex": (pd.DataFrame({"u": U, "v": V + 1j}), "'v' of X holds complex numbers. Complex data not support"),
    "polars words": (lambda: pl.DataFrame({"u": U, "v": WORDS}).cast({"v": pl.Categorical}), "'v' of X holds 'a'"),
    "polars lists": (lambda: pl.DataFrame({"u": U, "v": [[1.0, 2.0]] * 6}), "'v' of X holds"),
    "polars durations": (lambda: pl.DataFrame({"u": U, "v": pl.Series(TIMES)}), "'v' of X holds durations"),
    "polars days": (lambda: pl.DataFrame({"u": U, "v": pl.Series(DAYS).cast(pl.Date)}), "'v' of X holds dates"),
    "pyarrow words": (pa.table({"u": U, "v": WORDS}), "'v' of X holds 'a'"),
    "pyarrow dates": (pa.table({"u": U, "v": list(DAYS)}), "'v' of X holds dates"),
    "lists with words": ([[u, word] for u, word in zip(U, WORDS, strict=True)], "Column 1 of X holds 'a'"),
    "lists with strings": (
        [[u, one] for u, one in zip(U, text(V), strict=True)],
        "Column 1 of X holds strings.*Convert",
    ),
    "lists of dates": ([[day] for day in DAYS.date], "Column 0 of X holds dates"),
    "NumPy's strings": (np.array([text(row) for row in X]), "Column 0 of X holds strings"),
    "NumPy's durations": (TIMES.to_numpy()[:, np.newaxis], "Column 0 of X holds durations"),
    "a dict": (np.array([[u, {"v": 1}] for u in U]), "Column 1 of X holds {'v': 1}.* string or a real number"),
    "a huge int": (np.array([[1, 10**400]] * 6), "Column 1 of X holds 100.*too large"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED, indirect=["given"])
def test_what_is_refused(given, words):
    """A ValueError names the column, wherever the data are; it is a TypeError too, as Python's is for some."""
    n = np.shape(given)[1]
    names = [f"{name}" for name in getattr(given, "column_names", getattr(given, "columns", ()))]
    frame = pd.DataFrame(X[:, :n], columns=names) if names else X[:, :n]
    calls = [
        lambda: GDLinearRegressor().fit(given, Y),
        lambda: GDLinearRegressor(precompute=False).fit(given, Y),
        lambda: GDLinearRegressor(max_iter=3).fit(frame, Y).predict(given),
        lambda: GDLinearRegressorCV(cv=2).fit(given, Y),
        lambda: Moments.of(given, Y),
        lambda: alpha_limits(given),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=words) as caught:
            call()
        assert isinstance(caught.value, TypeError)


def test_missing_values_are_missing():
    """None among decimals is NaN, and is called so."""
    frame = pl.DataFrame({"u": [None, *U[1:]], "v": V}).cast(pl.Decimal(6, 2))
    for given in (frame, pd.DataFrame({"u": pd.Categorical([np.nan, *U[1:]]), "v": V}), frame.to_numpy()):
        with pytest.raises(ValueError, match=r"Input X contains NaN.\nGDLinearRegressor does not"):
            GDLinearRegressor().fit(given, Y)
        with pytest.raises(ValueError, match=r"Input X contains NaN.\nGDLinearRegressor does not"):
            GDLinearRegressor(max_iter=3).fit(X, Y).predict(np.asarray(given))


TARGETS = {
    "strings": text(Y),
    "NumPy's strings": np.array(text(Y)),
    "objects": np.array(text(Y), dtype=object),
    "decimals": decimals(Y),
    "fractions": [Fraction(one) for one in Y],
    "pandas categories": pd.Series(pd.Categorical(text(Y))),
    "polars decimals": lambda: pl.Series(Y).cast(pl.Decimal(6, 2)),
    "pyarrow strings": pa.array(text(Y)),
}


@pytest.mark.parametrize("given", TARGETS.values(), ids=TARGETS, indirect=True)
def test_targets_that_are_read(given):
    """They are as the numbers, in a fit, in a search and in a score; two columns of them too."""
    model = GDLinearRegressor(max_iter=5).fit(X, given)
    assert_array_equal(model.coef_, GDLinearRegressor(max_iter=5).fit(X, Y).coef_)
    assert model.score(X, given) == model.score(X, Y)
    searches = [GDLinearRegressorCV(alphas=2, cv=2).fit(X, y) for y in (given, Y)]
    assert searches[0].score(X, given) == searches[1].score(X, Y)
    two = (np.column_stack([np.asarray(y)] * 2) for y in (given, Y))
    assert_array_equal(*(GDLinearRegressor(max_iter=5).fit(X, y).coef_ for y in two))


def test_booleans_are_numbers():
    """Targets of true and false are 1 and 0."""
    coefs = [GDLinearRegressor(max_iter=5).fit(X, y).coef_ for y in (Y > 3, (Y > 3).astype(float), list(Y > 3))]
    assert_array_equal(coefs[0], coefs[1])
    assert_array_equal(coefs[2], coefs[1])


NO_TARGETS = {
    "words": (WORDS, "y holds 'a': could not convert string to float"),
    "dates": (DAYS, "y holds dates.*np.timedelta64"),
    "days": (list(DAYS.date), "y holds dates"),
    "NumPy's dates among objects": (np.array([1.0, np.datetime64("2020-01-01")] * 3, dtype=object), "y holds dates"),
    "durations": (TIMES.to_numpy(), "y holds durations.*divide them"),
    "durations of Python": ([timedelta(days=number) for number in range(6)], "y holds durations"),
    "polars dates": (lambda: pl.Series([date(2020, 1, day + 1) for day in range(6)]), "y holds dates"),
    "a column of words": (pd.DataFrame({"p": Y, "q": WORDS}), "Column 1 of y holds 'a'"),
    "a column of dates": (pd.DataFrame({"p": Y, "q": DAYS}), "Column 1 of y holds dates"),
    "None": ([None, *Y[1:]], "Input y contains NaN"),
    "complex": (Y + 1j, "Complex data not supported"),
}


@pytest.mark.parametrize(("given", "words"), NO_TARGETS.values(), ids=NO_TARGETS, indirect=["given"])
def test_targets_that_are_refused(given, words):
    """A sentence says why, in fits and, of what is no number, in scores."""
    model = GDLinearRegressor(max_iter=3).fit(X, np.column_stack([Y, Y]) if isinstance(given, pd.DataFrame) else Y)
    calls = [GDLinearRegressor().fit, GDLinearRegressor().partial_fit, GDLinearRegressorCV(cv=2).fit, Moments.of]
    calls += [model.score] if "holds" in words else []
    for call in calls:
        with pytest.raises(ValueError, match=words):
            call(X, given)


def test_weights_and_initial_guesses():
    """Dates and durations are no weights, nor an initial guess, and NaN there is called by its name."""
    for given in (DAYS, TIMES.to_numpy(), list(DAYS.date), WORDS, pl.Series(TIMES)):
        fitted = GDLinearRegressor(max_iter=3).fit(X, Y)
        for call in (GDLinearRegressor().fit, fitted.score, GDLinearRegressorCV(cv=2).fit, Moments.of):
            with pytest.raises(ValueError, match=r"^sample_weight holds"):
                call(X, Y, given)
        with pytest.raises(ValueError, match=r"^init holds"):
            GDLinearRegressor(init=list(given)[:3]).fit(X, Y)
    for model in (GDLinearRegressor(init=[np.nan, 0, 0]), GDLinearRegressorCV(init=[np.nan, 0, 0], cv=2)):
        with pytest.raises(ValueError, match="Input init contains NaN"):
            model.fit(X, Y)
    weights = decimals([1, 2, 0.5, 1, 1, 1])
    model = GDLinearRegressor(max_iter=5).fit(X, Y, weights)
    assert_array_equal(model.coef_, GDLinearRegressor(max_iter=5).fit(X, Y, np.asarray(weights, dtype=float)).coef_)


def test_dask():
    """Blocks are read in the same way, and an error has the number of the block too."""
    y = da.from_array(Y, chunks=3)
    model = GDLinearRegressor(max_iter=5).fit(X, Y)
    for name in ("pandas categories of strings", "pandas category and floats", "pandas decimals of pyarrow"):
        blocks = dd.from_pandas(READ[name], npartitions=2)
        lazy = GDLinearRegressor(max_iter=5).fit(blocks, y)
        assert_allclose(lazy.coef_, model.coef_, rtol=1e-12)
        assert_allclose(lazy.predict(blocks).compute(), model.predict(X), rtol=1e-12)
    blocks = dd.from_pandas(REFUSED["pandas words"][0], npartitions=2)
    with pytest.raises(ValueError, match=r"Block [01]: Column 'v' of X holds '[ad]'"):
        GDLinearRegressor().fit(blocks, y)
    with pytest.raises(ValueError, match=r"Block [01]: y holds dates"):
        GDLinearRegressor().fit(da.from_array(X, chunks=(3, 2)), da.from_array(DAYS.to_numpy(), chunks=3))
