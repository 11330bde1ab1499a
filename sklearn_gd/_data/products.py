"""The products of the rows with each other, ``K = X X'``, which a descent with fewer rows than features needs."""

import hashlib

import numpy as np

from sklearn_gd._data.scaling import Scaling

# The number of entries in a block of columns that is converted or centred while it is read, 256 KiB.
_BLOCK_SIZE = 2**15


class Products:
    """The products of dense rows with each other; the last ones computed are kept.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        The features.
    """

    def __init__(self, X: np.ndarray):
        self._X, self._K, self._key = X, None, None

    def of(self, scaling: Scaling | None) -> np.ndarray:
        """Return ``Z Z'``, of shape (n_samples, n_samples), for the original or the standardised features."""
        if not self.are_made(scaling):
            self._K = None  # two matrices may not fit into memory
            self._K, self._key = self._made(scaling), _key_of(scaling)
        return self._K

    def are_made(self, scaling: Scaling | None) -> bool:
        """Return whether the products have already been computed."""
        return self._K is not None and self._key == _key_of(scaling)

    def _made(self, scaling: Scaling | None) -> np.ndarray:
        if scaling is None and self._X.dtype == np.float64:
            return self._X @ self._X.T
        m, n = self._X.shape
        size = min(max(_BLOCK_SIZE // m, 1), n)
        K, of_block, block = np.zeros((m, m)), np.empty((m, m)), np.empty((m, size))
        for columns in (slice(start, min(start + size, n)) for start in range(0, n, size)):
            Z = block[:, : columns.stop - columns.start]
            Z[...] = self._X[:, columns]
            if scaling is not None:
                of_columns = scaling.select(columns)
                Z -= of_columns.mean
                Z /= of_columns.scale
            K += np.matmul(Z, Z.T, out=of_block)
        return K


def _key_of(scaling: Scaling | None) -> bytes | None:
    """Return a digest of a scaling, which takes less memory than the scaling to know it by."""
    if scaling is None:
        return None
    return b"".join(hashlib.sha256(part).digest() for part in (scaling.origin, scaling.offset, scaling.scale))
