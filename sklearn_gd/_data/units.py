"""Units for numbers whose squares would overflow or underflow: powers of two, which do not round."""

import numpy as np

OVERFLOW = (
    "The squares of X or y overflow float64, whose largest number is about 1.8e308; scale them to below 1e150. "
    "With standardize=True X may have any scale."
)
UNDERFLOW = (
    "The squares of X or y underflow float64, whose smallest number is about 2.2e-308; scale them to above 1e-150. "
    "With standardize=True X may have any scale."
)
# The squares of numbers within these bounds, and their sums, are far from the ends of the range.
_SMALLEST, _LARGEST = 1e-150, 1e150
# A diagonal within 2**-800 and 2**800 needs no units: products of two columns, and 200 bits below them, are in range
# too.
_ORDINARY = 800
_LEAST, _MOST = 2.0**-_ORDINARY, 2.0**_ORDINARY
# Weights within these powers of two are ordinary: their products with the squares of such numbers are in range.
NEAR = 400


def exponents_of(sizes: np.ndarray, ordinary: int = 0) -> np.ndarray:
    """Return ``e`` with ``sizes = f * 2**e`` and ``f`` from 0.5 to 1; 0 for sizes of 0, and if it is `ordinary`."""
    exponents = np.frexp(sizes)[1]
    return np.where(np.abs(exponents) > ordinary, exponents, 0)


def in_one_unit(w: np.ndarray) -> tuple[np.ndarray, int]:
    """Return weights divided by a power of two, so that the largest is from 1 to 2, and its exponent.

    So weights that are multiplied by a power of two are the same weights, to the last bit.
    """
    exponent = int(exponents_of(w.max())) - 1
    return np.ldexp(w, -exponent), exponent


def root_unit(weight: float) -> tuple[float, int]:
    """Return a weight and 0, or an extreme weight divided by a power of four and the exponent of its square root."""
    if 2.0**-NEAR < weight < 2.0**NEAR:
        return weight, 0
    half = int(exponents_of(weight, NEAR)) // 2
    return float(np.ldexp(weight, -2 * half)), half


def canonical(scatter: tuple, exponents: np.ndarray) -> tuple[tuple, np.ndarray]:
    """Return scatters given in units ``2**exponents``, and their new units, which are empty for ordinary numbers.

    Parameters
    ----------
    scatter : tuple of ndarray
        The three parts of `Moments`: of the features, of these with the targets, and of each target.
    exponents : ndarray of shape (n_features + n_targets,)
        The exponents of the columns' units.
    """
    diagonal = diagonal_of(scatter)
    if not exponents.any() and is_ordinary(diagonal):  # nearly always
        return scatter, np.empty(0)
    size = np.where(diagonal > 0.0, exponents_of(diagonal) + 2 * exponents, 0)
    wanted = np.where(np.abs(size) > _ORDINARY, size // 2, 0)
    return rescaled(scatter, exponents - wanted), np.ldexp(1.0, wanted) if wanted.any() else np.empty(0)


def is_ordinary(diagonal: np.ndarray) -> bool:
    """Return whether columns with these squares need no unit: none is zero, or far from ordinary numbers."""
    least, most = diagonal[diagonal.argmin()], diagonal[diagonal.argmax()]  # twice as fast as min and max
    return least > _LEAST and most < _MOST


def rescaled(scatter: tuple, exponents: np.ndarray) -> tuple:
    """Return the scatters of columns multiplied by ``2**exponents``."""
    if not exponents.any():
        return scatter
    of_x, of_xy, of_y = scatter
    x, y = exponents[: len(of_x)], exponents[len(of_x) :]
    # First by column and then by row: a single factor for both might overflow although the product does not.
    return (
        np.ldexp(np.ldexp(of_x, x), x[:, np.newaxis]),
        np.ldexp(np.ldexp(of_xy, y), x[:, np.newaxis]),
        np.ldexp(np.ldexp(of_y, y), y),
    )


def diagonal_of(scatter: tuple) -> np.ndarray:
    """Return the scatter of each column with itself."""
    return np.concatenate([scatter[0].diagonal(), scatter[2]])


def check_not_too_large(sizes: np.ndarray) -> None:
    """Raise ValueError if the squares of columns of these sizes overflow."""
    if not np.all(sizes <= _LARGEST):
        raise ValueError(OVERFLOW)


def check_not_too_small(x: np.ndarray, y: np.ndarray) -> None:
    """Raise ValueError if the squares of features or targets of these sizes underflow.

    Small targets do not matter next to large ones, because the sum of their costs is minimised.
    """
    if np.any((x > 0.0) & (x < _SMALLEST)) or 0.0 < y.max(initial=0.0) < _SMALLEST:
        raise ValueError(UNDERFLOW)


def check_squares(deviation: np.ndarray, mean: np.ndarray, n: int, eps: float, *, about_zero: bool) -> None:
    """Raise ValueError if the squares of columns, of which `n` are features, leave float64's range about their mean.

    Features that vary about a mean may do so by less if it is their squares about zero that count.
    """
    sizes = np.maximum(deviation, mean)
    if deviation[deviation.argmin()] >= _SMALLEST and sizes[sizes.argmax()] <= _LARGEST:  # nearly always
        return
    check_not_too_large(sizes)
    features = sizes if about_zero else np.where(is_constant(deviation, mean, eps), 0.0, deviation)
    check_not_too_small(features[:n], sizes[n:])


def is_constant(deviation: np.ndarray, mean: np.ndarray, eps: float) -> np.ndarray:
    """Return which columns vary by less than the rounding of their mean, so that their deviation is noise."""
    return deviation <= 4.0 * eps * np.abs(mean)
