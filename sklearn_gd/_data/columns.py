"""The sums of products of separate columns, such as those of Arrow, read without making a table of them."""

import numpy as np

from sklearn_gd._data.reading import FAR, SAMPLE_SIZE, block_size

# If sums of squares are within these bounds, the squares neither overflow nor underflow.
_SMALL, _LARGE = 2.0**-800, 2.0**800


def sums_of_columns(x: list, y: list, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray] | None:
    """Return an origin, and the sums of products of the rows ``(x, 1, y)`` about it, in float64.

    Parameters
    ----------
    x, y : list of ndarray of shape (n_samples,)
        The columns of the features and of the targets.
    w : ndarray of shape (n_samples,) or None
        The weights.

    Returns
    -------
    origin, sums : ndarray of shape (n_features + n_targets,), (n_features + 1 + n_targets,) * 2, or None
        None if the data need a closer look: NaN, infinity, constant columns, numbers that need a unit, an origin that
        is far from the mean, or weights that are zero or invalid.
    """
    n, n_rows, columns = len(x), len(x[0]), [*x, *y]
    if not n_rows or (w is not None and not (w.min() > 0.0 and np.isfinite(w).all())):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        step = -(-n_rows // SAMPLE_SIZE)
        origin = np.mean([column[::step] for column in columns], axis=1, dtype=np.float64)
        at_once = min(block_size(len(columns) + 1), n_rows)
        buffer = np.ones((len(columns) + 1, at_once))
        places = [*range(n), *range(n + 1, len(columns) + 1)]
        sums = np.zeros((len(buffer), len(buffer)))
        for start in range(0, n_rows, at_once):
            stop = min(start + at_once, n_rows)
            Z = buffer[:, : stop - start]
            for place, column, mean in zip(places, columns, origin, strict=True):
                np.subtract(column[start:stop], mean, out=Z[place])
            if w is not None:
                Z[n] = 1.0
                Z *= np.sqrt(w[start:stop])
            sums += Z @ Z.T  # BLAS makes use of the symmetry
        squares = np.diagonal(sums)
        is_far = squares[places] > FAR * (squares[places] - sums[n, places] ** 2 / sums[n, n])
    return (origin, sums) if np.all((squares > _SMALL) & (squares < _LARGE)) and not is_far.any() else None
