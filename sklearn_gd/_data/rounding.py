"""The precision of a difference of scatters, of which only rounding may be left."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from sklearn_gd._data.packed import outer, squares_of, unpack
from sklearn_gd._data.units import root_unit

EPS, EPS_32 = float(np.finfo(np.float64).eps), float(np.finfo(np.float32).eps)
# A variance of at most this many roundings counts as 0: it is the residue of the rows that were removed.
NOISE = 64.0
# A variance that is negative by more roundings than this is an error: it must be beyond doubt, and rows that are read
# in an unfavourable order lose some tens of roundings.
_WRONG = 256.0
_REMEDY = "the rows removed must be among those present, with at most their weight."


class Centre(NamedTuple):
    """The weight and the mean of rows, and the exponents of the units of their scatter, or None."""

    weight: float
    mean: np.ndarray
    exponents: np.ndarray | None

    def squares_of_constants(self) -> np.ndarray:
        """Return the scatter that columns may have only by the rounding of their mean, as in `is_constant`."""
        weight, half = root_unit(self.weight)
        exponents = half if self.exponents is None else half - self.exponents
        return weight * np.ldexp(4.0 * EPS * self.mean, exponents) ** 2


def eps_of(squares: np.ndarray, rounding: np.ndarray, centre: Centre) -> float:
    """Return the relative rounding of a scatter with these squares on its diagonal, which may be off by `rounding`.

    Where a column can't be told to vary, the scatter is as rough as that of float32, if not rougher.
    """
    eps = eps_if_all_vary(squares, rounding)
    if eps is not None:
        return eps
    known = squares > NOISE * rounding
    eps = np.divide(rounding, squares, out=np.zeros_like(squares), where=known).max(initial=EPS)
    return max(float(eps), EPS_32 if may_vary(squares, rounding, centre).any() else 0.0)


def eps_if_all_vary(squares: np.ndarray, rounding: np.ndarray) -> float | None:
    """Return the same as `eps_of` where all columns can be told to vary, otherwise None."""
    ratios = squares / rounding
    least = float(ratios[ratios.argmin()])  # NaN, if there is one
    return max(EPS, 1.0 / least) if least > NOISE else None


def may_vary(squares: np.ndarray, rounding: np.ndarray, centre: Centre) -> np.ndarray:
    """Return which columns appear constant but may vary by more than the rounding of their mean."""
    hidden = NOISE * rounding
    return (squares <= hidden) & (hidden > centre.squares_of_constants())


def without_noise(
    packed: np.ndarray, n: int, rounding: np.ndarray, centre: Centre, names: tuple[str, ...]
) -> np.ndarray:
    """Write zeros into a packed scatter for columns of which only rounding is left, and return the possible errors.

    Raises ValueError if a variance is negative beyond rounding.
    """
    squares, constants = squares_of(packed, n), centre.squares_of_constants()
    negative = np.flatnonzero(squares < -np.maximum(_WRONG * rounding, constants))
    if negative.size:
        raise ValueError(
            f"After the subtraction, {_column(negative[0], n, names)} would have a negative variance: {_REMEDY}"
        )
    noise = squares <= np.maximum(NOISE * rounding, np.where(squares < 0.0, constants, 0.0))
    of_x, of_xy, of_y = unpack(packed, n)
    x, y = noise[:n], noise[n:]
    of_x[x] = of_x[:, x] = of_xy[x] = of_xy[:, y] = 0.0
    of_y[y] = 0.0
    return np.where(noise, np.maximum(rounding, np.abs(squares)), rounding)


def check_is_nothing(difference: np.ndarray, between: np.ndarray, rounding: np.ndarray, n: int) -> None:
    """Raise ValueError if moments of equal weight do not describe the same rows, to rounding."""
    limits = outer(np.sqrt(_WRONG * rounding), n)
    if np.any(between > _WRONG * rounding) or np.any(np.abs(difference) > limits):
        raise ValueError(f"After the subtraction, there would be a scatter but no weight: {_REMEDY}")


def check_is_scatter(moments) -> None:
    """Raise ValueError if a linear combination of the columns has a variance that is negative beyond rounding."""
    of_x, of_xy, of_y = unpack(moments.packed, moments.n_features)
    n = len(of_x)
    slack = (_WRONG + 4.0 * n) * moments.rounding
    A = of_x.copy()
    diagonal = A.reshape(-1)[:: n + 1]
    diagonal += slack[:n]
    diagonal[diagonal == 0.0] = 1.0
    factor, info = lapack.dpotrf(A.T, lower=1, clean=0, overwrite_a=1)
    if info == 0:
        explained = lapack.dtrtrs(factor, of_xy, lower=1)[0]
        info = np.any(np.sum(explained * explained, axis=0) > of_y + slack[n:])
    if info:
        raise ValueError(f"After the subtraction, the columns have correlations above 1: {_REMEDY}")


def _column(j: int, n: int, names: tuple[str, ...]) -> str:
    return f"target {j - n}" if j >= n else f"feature {names[j]!r}" if names else f"feature {j}"
