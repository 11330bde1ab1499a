"""The three parts of a scatter in one array, so that adding two scatters is one addition.

It holds the rows of the features and of the targets with the features, and then each target with itself.
"""

from functools import cache

import numpy as np

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


def pack(parts: Parts) -> np.ndarray:
    """Return the parts of a scatter of `Moments`, copied into one array."""
    of_x, of_xy, of_y = parts
    return np.concatenate([of_x.ravel(), of_xy.T.ravel(), of_y], dtype=np.float64)


def unpack(packed: np.ndarray, n: int) -> Parts:
    """Return the parts of a scatter of `n` features, as views."""
    k = n_targets(packed, n)
    end = (n + k) * n
    rows = packed[:end].reshape(n + k, n)
    return rows[:n], rows[n:].T, packed[end:]


def whole(packed: np.ndarray, n: int) -> np.ndarray:
    """Return the whole scatter matrix; NaN between different targets."""
    of_x, of_xy, of_y = unpack(packed, n)
    scatter = np.full((n + len(of_y), n + len(of_y)), np.nan)
    scatter[:n, :n], scatter[:n, n:], scatter[n:, :n] = of_x, of_xy, of_xy.T
    np.fill_diagonal(scatter[n:, n:], of_y)
    return scatter


def n_targets(packed: np.ndarray, n: int) -> int:
    """Return the number of targets, given that of the features."""
    return (len(packed) - n * n) // (n + 1)


def squares_of(packed: np.ndarray, n: int) -> np.ndarray:
    """Return the scatter of each column with itself."""
    return packed[_places(n, n_targets(packed, n))]


def outer(z: np.ndarray, n: int) -> np.ndarray:
    """Return the packed ``z z'``, of which the first `n` columns are the features."""
    p, y = len(z), z[n:]
    packed = np.empty(p * n + p - n)
    # Each entry is one product, so that the result is symmetric to the last bit; twice as fast as a broadcast product.
    np.dot(z[:, np.newaxis], z[np.newaxis, :n], out=packed[: p * n].reshape(p, n))
    np.multiply(y, y, out=packed[p * n :])
    return packed


@cache
def _places(n: int, k: int) -> np.ndarray:
    return np.concatenate([np.arange(n) * (n + 1), (n + k) * n + np.arange(k)])
