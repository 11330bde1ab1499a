"""The sums of products of rows, which are read in blocks, about an origin and in units of their own."""

import math
from typing import NamedTuple, Protocol

import numpy as np

from sklearn_gd._data.packed import outer, pack, squares_of
from sklearn_gd._data.units import exponents_of

SAMPLE_SIZE = 1024
# Rows whose sums of squares in float64 are outside these bounds are read again in units, because squares may be lost.
_SMALL, _LARGE = 2.0**-800, 2.0**800
# Columns of float32 whose spread is within 2**-32 and 2**32 need no units. The sums of squares may then be this many
# times the square of the sample's spread, because float32 ranges from 2**-126 to 2**127.
_ORDINARY, _BELOW, _ABOVE = 32, 2.0**-40, 2.0**60
#: If sums of squares about the origin are this many times those about the mean, more digits are lost than float64 can
#: spare.
FAR = 2.0**10
# The same for float32.
_FAR_32 = 17.0
# The means are measured anew at most this often; each time the origin is about 2**50 times nearer.
_N_ORIGINS = 2
# A mean of equal numbers is rounded by less than this share.
_ROUNDING = 2.0**-48


class Sums(NamedTuple):
    """The weight, the mean and the centred scatter of rows, with the columns in units ``2**exponents``.

    The mean is ``origin + offset``, without units; the scatter of the `n` features and the targets is packed.
    """

    n: int
    weight: float
    origin: np.ndarray
    offset: np.ndarray
    scatter: np.ndarray
    exponents: np.ndarray
    eps: float

    @property
    def squares(self) -> np.ndarray:
        """The scatter of each column with itself, in the unit of the column."""
        return squares_of(self.scatter, self.n)

    @property
    def squares_about_origin(self) -> np.ndarray:
        """The same about the origin."""
        return self.squares + self.weight * self.offset**2

    @property
    def are_far(self) -> bool:
        """Whether a column loses digits because the origin is far from its mean, by more than the mean's rounding."""
        far = np.flatnonzero(self.squares_about_origin > FAR * self.squares)
        if not far.size:
            return False
        distance = np.ldexp(np.abs(self.offset[far]), self.exponents[far])
        return bool(np.any(distance > _ROUNDING * np.abs(self.origin[far])))


class Rows(Protocol):
    """Rows ``(x, y)``, at least one with a positive weight, which can be read more than once.

    Attributes
    ----------
    dtype : type
        float32 or float64, the dtype of their products.
    weight_exponent : int
        The exponent of the unit of their weights, ``2**weight_exponent``.
    """

    dtype: type
    weight_exponent: int

    def origin(self) -> np.ndarray:
        """Return the means of a sample, which are the origin of the products."""

    def spread(self, origin: np.ndarray) -> np.ndarray:
        """Return the largest distances from the origin in the sample."""

    def peaks(self, origin: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the largest distances of all rows from the origin, times the square roots of their weights."""

    def products(self, origin: np.ndarray, exponents: np.ndarray, dtype: type) -> tuple:
        """Return ``(x, 1)' (x, 1)``, ``(x, 1)' y`` and the sums of ``y**2``, and their relative rounding.

        The columns are taken about the origin, in units ``2**exponents``, and the products are computed in `dtype`.
        """


def block_size(n_columns: int) -> int:
    """Return the rows in a block: about 1 MiB, for a core's cache, but enough for products to outweigh sums."""
    return max(2**17 // n_columns, 1024, n_columns)


def read(rows: Rows) -> Sums:
    """Return the sums of rows.

    The origin is the mean of a sample of ``b`` of the ``m`` rows, so its distance from the mean is at most
    ``sqrt(m / b)`` times the spread: even then, centring the sum loses at most a factor ``m / b`` in precision.
    Weights may add to that distance; rows that are too far from the origin are read again, about their mean.
    """
    origin = rows.origin()
    sums = _sums_of_float32(rows, origin) if rows.dtype is np.float32 else None
    sums = sums or _sums_of_float64(rows, origin)
    return _without_unit_of_weight(sums, rows.weight_exponent)


def _sums_of_float64(rows: Rows, origin: np.ndarray) -> Sums:
    """Return the sums of products in float64; columns whose squares are out of range are read again, in units."""
    exponents = np.zeros(len(origin), dtype=np.intc)
    sums = _sums(rows, origin, exponents, np.float64)
    squares = sums.squares_about_origin
    odd = np.flatnonzero(~((squares > _SMALL) & (squares < _LARGE)))
    if odd.size:  # zeros, or columns that look like zeros
        exponents[odd] = exponents_of(rows.peaks(origin, odd))
    if exponents.any():
        sums = _sums(rows, origin, exponents, np.float64)
    for _ in range(_N_ORIGINS):
        if not sums.are_far:
            break
        sums = _sums(rows, sums.origin + np.ldexp(sums.offset, exponents), exponents, np.float64)
    return sums


def _sums_of_float32(rows: Rows, origin: np.ndarray) -> Sums | None:
    """Return the sums of products in float32, in units chosen from a sample; None if the sample was misleading.

    If it was not, no square is out of range and the mean is not far away. Nothing here depends on the units of columns
    or weights, so these do not change a bit of the result.
    """
    spread = rows.spread(origin)
    quiet = np.flatnonzero(spread == 0.0)
    if quiet.size:
        spread[quiet] = rows.peaks(origin, quiet)
    sums = _sums(rows, origin, exponents_of(spread, _ORDINARY), np.float32)
    of_spread, squares = np.ldexp(spread, -sums.exponents) ** 2, sums.squares_about_origin
    sound = (squares > _BELOW * of_spread) & (squares < _ABOVE * of_spread)
    sound &= squares <= _FAR_32 * sums.squares
    return sums if np.all(sound | (spread == 0.0)) else None


def _sums(rows: Rows, origin: np.ndarray, exponents: np.ndarray, dtype: type) -> Sums:
    of_x, of_xy, of_y, eps = rows.products(origin, exponents, dtype)
    n, weight = len(of_x) - 1, float(of_x[-1, -1])
    offset = np.concatenate([of_x[-1, :-1], of_xy[-1]]) / weight
    scatter = pack((of_x[:-1, :-1], of_xy[:-1], of_y))
    scatter -= outer(math.sqrt(weight) * offset, n)
    return Sums(n, weight, origin, offset, scatter, exponents, eps)


def _without_unit_of_weight(sums: Sums, exponent: int) -> Sums:
    if not (exponent or sums.exponents.any()):
        return sums
    half, odd = divmod(exponent, 2)
    return sums._replace(
        weight=float(np.ldexp(sums.weight, exponent)),
        offset=np.ldexp(sums.offset, sums.exponents),
        scatter=2.0 * sums.scatter if odd else sums.scatter,
        exponents=sums.exponents + half,
    )
