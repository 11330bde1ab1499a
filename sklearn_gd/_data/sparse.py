"""The sums of sparse rows, and the preparation of sparse arrays before their entries are read."""

import numpy as np
import scipy.sparse as sp

from sklearn_gd._data.packed import pack
from sklearn_gd._data.reading import Sums
from sklearn_gd._data.units import exponents_of, in_one_unit

# The squares of numbers within these powers of two, and their sums, are in the range of float64.
_ORDINARY = 200


def summed(X):
    """Return a CSR or CSC array, or a copy in which each entry is stored once; the array itself is not changed."""
    alike = type(X)((X.data, X.indices, X.indptr), shape=X.shape)  # so that flags are not written into the array
    if alike.has_canonical_format:
        return X
    alike = alike.copy()
    alike.sum_duplicates()
    return alike


def columns_of(X) -> np.ndarray:
    """Return the column of each entry of a CSR or CSC array."""
    return X.indices if X.format == "csr" else np.repeat(np.arange(X.shape[1]), np.diff(X.indptr))


def rows_of(X) -> np.ndarray:
    """Return the row of each entry of a CSR or CSC array."""
    return X.indices if X.format == "csc" else np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))


def read_sparse(X, y: np.ndarray, w: np.ndarray | None, rows: slice | np.ndarray) -> Sums | None:
    """Return the sums of some rows of a sparse array; None without any weight.

    Columns without zeros are centred in place, and the others by subtraction.
    A column with a zero among its ``m`` rows has a mean of at most ``sqrt(m)`` times its spread,
    so the subtraction ``X'X - m * mean mean'`` loses at most a factor ``m`` in precision;
    a column without zeros is centred like a dense one, and stays as sparse as it was.
    """
    X, y, w = X[rows], y[rows].astype(np.float64, copy=False), None if w is None else w[rows]
    if w is not None:
        X, y, w = X[w > 0.0], y[w > 0.0], w[w > 0.0]
    if X.shape[0] == 0:
        return None
    w, weight_exponent = in_one_unit(np.ones(X.shape[0]) if w is None else w)
    X = sp.csc_array(X, dtype=np.float64, copy=True)
    X.sum_duplicates()
    stored, columns = np.diff(X.indptr), columns_of(X)
    peaks = np.zeros(X.shape[1])
    np.maximum.at(peaks, columns, np.abs(X.data))
    exponents = np.concatenate([exponents_of(part, _ORDINARY) for part in (peaks, np.abs(y).max(axis=0))])
    n = X.shape[1]
    if exponents.any():
        X.data, y = np.ldexp(X.data, -exponents[columns]), np.ldexp(y, -exponents[n:])
    weight = float(w.sum())
    X_origin = np.where(stored == X.shape[0], w @ X / weight, 0.0)
    X.data -= X_origin[columns]
    X_offset = w @ X / weight
    y_origin = w @ y / weight
    y = y - y_origin
    y_offset = w @ y / weight
    y -= y_offset

    root = np.sqrt(w)
    X.data *= root[X.indices]
    y *= root[:, np.newaxis]
    of_x = (X.T @ X).toarray() - weight * np.outer(X_offset, X_offset)
    scatter = pack((of_x, X.T @ y, np.einsum("ij,ij->j", y, y)))
    origin, offset = np.concatenate([X_origin, y_origin]), np.concatenate([X_offset, y_offset])
    half, odd = divmod(weight_exponent, 2)
    return Sums(
        n,
        float(np.ldexp(weight, weight_exponent)),
        np.ldexp(origin, exponents),
        np.ldexp(offset, exponents),
        2.0 * scatter if odd else scatter,
        exponents + half,
        float(np.finfo(np.float64).eps),
    )
