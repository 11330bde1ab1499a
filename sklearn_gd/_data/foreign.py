"""Rows in arrays of another namespace, which are read in blocks on their device."""

from dataclasses import dataclass

import numpy as np

from sklearn_gd._data.arrays import at_home, has_float64, is_narrow, namespace, there, widest_float
from sklearn_gd._data.reading import SAMPLE_SIZE

# The number of entries in a block. Devices other than the CPU need large blocks, because each call takes microseconds.
_BLOCK_SIZE = 2**24
# The number of rows in a product, or of columns if that is larger: a longer sum would lose digits of float32.
_RUN = 2**12


@dataclass(frozen=True, eq=False)
class ForeignRows:
    """Some rows of arrays of another namespace; `reading.Rows` describes the methods, whose results are NumPy arrays.

    Only the results leave the device. float32 is multiplied in float32, other numbers in the widest floats that the
    device has; the products are added up in the latter.

    Attributes
    ----------
    X, y, w : array
        Features, targets, and weights in their unit or None; only the rows in `rows` are used.
    rows : array or None
        The numbers of the rows; None means all.
    """

    dtype: type
    weight_exponent: int
    X: object
    y: object
    w: object
    rows: object

    @classmethod
    def of(cls, X, y, w, rows: slice | np.ndarray, *, exact: bool) -> "ForeignRows | None":
        """Return the rows, which are multiplied in the widest floats if `exact`; None without any weight."""
        xp, device = namespace(X)
        numbers, weight_exponent = None if isinstance(rows, slice) else xp.asarray(rows, device=device), 0
        if numbers is None:
            X, y, w = (None if Z is None else Z[rows, ...] for Z in (X, y, w))
        if (X if numbers is None else numbers).shape[0] == 0:
            return None
        if w is not None:
            heaviest = float(xp.max(w if numbers is None else xp.take(w, numbers, axis=0)))
            if heaviest == 0.0:
                return None
            weight_exponent = int(np.frexp(heaviest)[1]) - 1
            w = _in_unit(xp.astype(w, widest_float(X), copy=False), weight_exponent)
        narrow = is_narrow(X) and not (exact and has_float64(X))
        return cls(np.float32 if narrow else np.float64, weight_exponent, X, y, w, numbers)

    def origin(self) -> np.ndarray:
        """Return the means of a sample, in the float dtype in which the products subtract them."""
        xp, dtype = self._xp, self._dtype(self.dtype)
        return np.array(at_home(xp.astype(xp.mean(self._sample(), axis=0), dtype)), dtype=np.float64)

    def spread(self, origin: np.ndarray) -> np.ndarray:
        """Return the largest distances from the origin in the sample."""
        distances = self._xp.abs(self._sample() - there(origin, self.X))
        return np.array(at_home(self._xp.max(distances, axis=0)), dtype=np.float64)

    def peaks(self, origin: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the largest distances from the origin, times the square roots of the weights, of some columns."""
        xp, peaks, n = self._xp, 0.0, self.X.shape[1]
        for block in self._blocks():
            Z = self._centred(block, origin, np.zeros(len(origin), dtype=np.intc), widest_float(self.X))
            largest = xp.max(xp.abs(Z), axis=0)
            peaks = xp.where(largest > peaks, largest, peaks)
        return np.delete(np.array(at_home(peaks), dtype=np.float64), n)[columns]

    def products(self, origin: np.ndarray, exponents: np.ndarray, dtype: type) -> tuple:
        """Return the products of ``(x, 1)`` and `y` about an origin in units, and their relative rounding."""
        xp, floats, dtype = self._xp, widest_float(self.X), self._dtype(dtype)
        n, k = self.X.shape[1], self.y.shape[1]
        left = n + 1 + k if k <= n else n + 1  # one product of all columns, or no products of targets
        total, squares = 0.0, 0.0
        for block in self._blocks():
            Z = self._centred(block, origin, exponents, dtype)
            total = total + self._product(Z[:, :left], Z)
            if k > n:
                squares = squares + xp.sum(xp.astype(Z[:, left:], floats) ** 2, axis=0)
        parts = [total[: n + 1, ...]]
        parts.append(squares if k > n else xp.linalg.diagonal(total)[left - k :])
        both = np.array(at_home(xp.concat([xp.reshape(part, (-1,)) for part in parts])), dtype=np.float64)
        of_all = both[: (n + 1) * (n + 1 + k)].reshape(n + 1, n + 1 + k)
        of_x, of_xy = of_all[:, : n + 1], of_all[:, n + 1 :]
        return (of_x + of_x.T) / 2.0, of_xy, both[of_all.size :], float(xp.finfo(dtype).eps)

    @property
    def _xp(self):
        return namespace(self.X)[0]

    @property
    def _n_rows(self) -> int:
        return (self.X if self.rows is None else self.rows).shape[0]

    def _dtype(self, dtype: type):
        """Return the namespace's float32, or its widest floats."""
        return self._xp.float32 if dtype is np.float32 else widest_float(self.X)

    def _blocks(self) -> list[slice]:
        n_columns = self.X.shape[1] + self.y.shape[1] + 1
        run = max(_RUN, n_columns)
        size = max(_BLOCK_SIZE // n_columns // run, 1) * run
        return [slice(start, min(start + size, self._n_rows)) for start in range(0, self._n_rows, size)]

    def _fetch(self, Z, some):
        """Return some of the rows."""

        def pick(Z, some):
            return Z[some, ...] if isinstance(some, slice) else self._xp.take(Z, some, axis=0)

        return pick(Z, some if self.rows is None else pick(self.rows, some))

    def _sample(self):
        """Return a sample of the rows ``(x, y)`` of positive weight."""
        xp, floats = self._xp, widest_float(self.X)
        some = slice(None, None, -(-self._n_rows // SAMPLE_SIZE))
        if self.w is not None:
            some = xp.nonzero(self._fetch(self.w, slice(None)) > 0)[0][some]
        return xp.concat([xp.astype(self._fetch(part, some), floats) for part in (self.X, self.y)], axis=1)

    def _centred(self, block: slice, origin: np.ndarray, exponents: np.ndarray, dtype):
        """Return ``(x, 1, y)`` about the origin, in units, times the square roots of the weights."""
        xp, widest, n = self._xp, widest_float(self.X), self.X.shape[1]
        floats = widest if exponents.any() else dtype  # numbers may overflow float32 before they are in units
        parts = []
        for Z, mean in zip((self.X, self.y), np.split(origin, [n]), strict=True):
            Z = self._fetch(Z, block)
            own = xp.result_type(Z.dtype, floats) if xp.isdtype(Z.dtype, "real floating") else widest
            Z = xp.astype(Z, own, copy=False) - xp.astype(there(mean, self.X), own)
            parts.append(xp.astype(Z, floats, copy=False))
        one = xp.ones((parts[0].shape[0], 1), dtype=floats, device=namespace(self.X)[1])
        Z = xp.concat([parts[0], one, parts[1]], axis=1)
        root = None if self.w is None else xp.sqrt(self._fetch(self.w, block))[:, None]
        if exponents.any():
            if root is not None:  # a row without weight may contain anything, also infinity in these units
                Z = xp.where(root > 0.0, Z, xp.zeros_like(Z))
            Z = xp.astype(_in_unit(Z, np.insert(exponents, n, 0)), dtype, copy=False)
        return Z if root is None else Z * xp.astype(root, dtype)

    def _product(self, left, right):
        """Return ``left' right``, added up in the widest floats."""
        xp, floats, run = self._xp, widest_float(self.X), max(_RUN, right.shape[1] - 1)
        n_runs = left.shape[0] // run
        runs = [xp.reshape(Z[: n_runs * run, ...], (n_runs, run, Z.shape[1])) for Z in (left, right)]
        rest = left[n_runs * run :, ...].T @ right[n_runs * run :, ...]
        product = xp.sum(xp.astype(xp.matrix_transpose(runs[0]) @ runs[1], floats), axis=0)
        return product + xp.astype(rest, floats)


def _in_unit(Z, exponents):
    """Return an array divided by powers of two, in two steps, because a single factor might overflow."""
    xp, _ = namespace(Z)
    for part in (exponents // 2, exponents - exponents // 2):
        Z = Z * xp.astype(there(np.ldexp(1.0, -part), Z), Z.dtype)
    return Z
