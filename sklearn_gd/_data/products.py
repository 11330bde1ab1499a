"""The products of the rows with each other, ``K = X X'``: all that a descent needs of fewer rows than features."""

import numpy as np

from sklearn_gd._data.scaling import Scaling

# Entries of a block of columns that is converted or centred by the way.
_BLOCK_SIZE = 2**17


class Products:
    """The products of some dense rows with each other, of which those that were made last are kept.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        The features.
    """

    def __init__(self, X: np.ndarray):
        self._X, self._K, self._scaling = X, None, None

    def of(self, scaling: Scaling | None) -> np.ndarray:
        """Return ``Z Z'``, of shape (n_samples, n_samples), for the features as they are or standardised."""
        if not self.are_made(scaling):
            self._K = None  # two of them need not fit into memory
            self._K, self._scaling = self._made(scaling), scaling
        return self._K

    def are_made(self, scaling: Scaling | None) -> bool:
        """Return whether they are at hand."""
        return self._K is not None and self._scaling == scaling

    def _made(self, scaling: Scaling | None) -> np.ndarray:
        if scaling is None and self._X.dtype == np.float64:
            return self._X @ self._X.T
        m, n = self._X.shape
        K, of_block, size = np.zeros((m, m)), np.empty((m, m)), max(_BLOCK_SIZE // m, 1)
        for columns in (slice(start, start + size) for start in range(0, n, size)):
            Z = self._X[:, columns].astype(np.float64)
            if scaling is not None:
                Z -= scaling.mean[columns]
                Z /= scaling.scale[columns]
            K += np.matmul(Z, Z.T, out=of_block)
        return K
