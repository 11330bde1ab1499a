"""Sums, differences and multiples of moments: rows are added or removed, and weights are scaled.

For two sets of rows, with ``delta`` from the mean of the first to that of the second, Chan's formula is

``weight = w_1 + w_2``; ``scatter = scatter_1 + scatter_2 + w_1 w_2 / weight * delta delta'``

The same formula, with ``-w_2`` and ``-scatter_2``, removes the second set from the first.
A difference keeps the rounding error of its operands, however little is left.
From the first subtraction on, moments therefore record the possible error in the scatter of each column.
These errors are independent of each other, so their squares add up.

Each function returns the fields in which the result differs from the first moments.
"""

from typing import Any

import numpy as np

from sklearn_gd._data.packed import outer, pack, squares_of, unpack
from sklearn_gd._data.reading import Sums
from sklearn_gd._data.rounding import (
    EPS,
    EPS_32,
    Centre,
    check_is_nothing,
    eps_if_all_vary,
    eps_of,
    without_noise,
)
from sklearn_gd._data.units import canonical, exponents_of, is_ordinary, rescaled, root_unit

# The square of a distance within _NEAR and _FAR, times a weight within _LIGHT and _HEAVY, is in range; so it is for 0.
_NEAR, _FAR, _LIGHT, _HEAVY = 2.0**-300, 2.0**300, 2.0**-200, 2.0**200
# The exponent of a missing unit, below all others.
_NONE = -(10**6)
# A remaining weight of at most this many roundings of the original weight counts as 0.
_NO_WEIGHT = 64.0
# If less than this share of the weight is left, the distance of the remaining rows from the others matters.
_FEW = 1.0 / 16.0
# What overflows is refused as a whole.
_QUIET = np.errstate(over="ignore", invalid="ignore", divide="ignore")
_EMPTY = np.empty(0)
_EMPTY.flags.writeable = False


@_QUIET
def plus(one, other) -> dict[str, Any]:
    """Return the moments of the rows of both operands."""
    names = _common_names(one, other, "Moments of {0} can't be added to moments of {1}.")
    if other.weight == 0.0:
        return {}
    if one.weight == 0.0:
        return vars(other)
    n, weight = one.n_features, one.weight + other.weight
    share = other.weight / weight
    delta = _delta(one, other)
    first, second, distance, exponents, factor = _terms(one, other, delta, one.weight * share)
    packed = outer(distance, n)
    packed *= factor
    packed += first
    packed += second
    made = {"weight": weight, "feature_names": names}
    if one.dtype != other.dtype:
        made["dtype"] = "float64"
    if not (one.rounding.size or other.rounding.size):
        delta *= share
        delta += one.offset
        made["offset"], made["eps"] = delta, max(one.eps, other.eps)
        return with_scatter(made, packed, n, _EMPTY, exponents)
    squares = squares_of(packed, n)
    rounding = np.hypot(_rounding(one, first, exponents), _rounding(other, second, exponents))
    rounding = np.hypot(rounding, EPS * squares)
    # The origin of a window goes with its rows, which may drift.
    delta *= share - 1.0
    delta += other.offset
    eps = eps_if_all_vary(squares, rounding)
    if eps is None:
        eps = eps_of(squares, rounding, Centre(weight, other.origin + delta, exponents))
    made["origin"], made["offset"], made["eps"] = other.origin, delta, eps
    return with_scatter(made, packed, n, rounding, exponents)


@_QUIET
def minus(one, other) -> dict[str, Any]:
    """Return the moments of the rows of the first, without those of the second."""
    names = _common_names(one, other, "Moments of {1} can't be subtracted from moments of {0}.")
    if other.weight == 0.0:
        return {}
    n, weight = one.n_features, one.weight - other.weight
    no_weight = _NO_WEIGHT * one.weight * _rounding_of_weight(one, other)
    if weight < -no_weight:
        raise ValueError(
            f"Moments of weight {other.weight:g} can't be subtracted from moments of weight {one.weight:g}: "
            "the rows removed must be among those present."
        )
    delta = _delta(one, other)
    if weight <= no_weight:
        first, second, distance, exponents, factor = _terms(one, other, delta, one.weight)
        rounding = np.hypot(_rounding(one, first, exponents), _rounding(other, second, exponents))
        check_is_nothing(first - second, factor * distance**2, rounding, n)
        return times(0.0, one)
    share = other.weight / weight
    first, second, distance, exponents, factor = _terms(one, other, delta, one.weight * share)
    # The rounding of the difference, and of products in float64 on both sides. The distance of the means has one
    # as well, which is multiplied by more where fewer rows are left; but the term is at most the scatter of all.
    rounding = squares_of(first, n)
    if weight > _FEW * one.weight:
        rounding *= 2.0 * EPS * one.weight / weight
    else:
        rounding = 2.0 * EPS * (rounding + one.weight / weight * factor * distance**2)
    for moments, terms in ((one, first), (other, second)):
        if moments.rounding.size or moments.eps > EPS:
            rounding = np.hypot(rounding, _rounding(moments, terms, exponents))
    packed = outer(distance, n)
    packed *= factor
    packed += second
    np.subtract(first, packed, out=packed)
    delta *= -share
    delta += one.offset
    eps = eps_if_all_vary(squares_of(packed, n), rounding)
    if eps is None:
        centre = Centre(weight, one.origin + delta, exponents)
        rounding = without_noise(packed, n, rounding, centre, names)
        eps = eps_of(squares_of(packed, n), rounding, centre)
    made = {"weight": weight, "offset": delta, "feature_names": names, "eps": eps}
    return with_scatter(made, packed, n, rounding, exponents)


def times(factor: float, moments) -> dict[str, Any]:
    """Return the moments of the same rows with `factor` times their weights."""
    if not 0.0 <= factor < np.inf:
        raise ValueError(
            "Moments can only be multiplied by a finite number of at least 0, which scales the weights of their rows. "
            f"Got {factor!r} instead; remove rows by subtraction."
        )
    factor = float(factor)
    weight = factor * moments.weight
    if weight == np.inf:
        raise ValueError(f"A factor of {factor:g} makes the weight of {moments.weight:g} overflow float64.")
    if weight == 0.0:
        return nothing(moments.n_features, len(moments.scatter_y))
    n, made = moments.n_features, {"weight": weight}
    if not moments.unit.size and _LIGHT < factor < _HEAVY:
        packed = factor * moments.packed
        if is_ordinary(squares_of(packed, n)):
            return with_scatter(made, packed, n, factor * moments.rounding, None)
    factor, half = root_unit(factor)
    return with_scatter(made, factor * moments.packed, n, factor * moments.rounding, moments.exponents + half)


def nothing(n: int, k: int) -> dict[str, Any]:
    """Return the moments of no rows."""
    none = np.zeros(n + k)
    made = {"weight": 0.0, "origin": none, "offset": none}
    return with_scatter(made, np.zeros((n + k) * n + k), n, _EMPTY, None)


def centred(origin: np.ndarray, sums: np.ndarray, n: int) -> dict[str, Any]:
    """Return the moments given by sums of products of rows ``(x, 1, y)`` about an origin, with `n` features."""
    weight = float(sums[n, n])
    if weight == 0.0:
        return nothing(n, len(origin) - n)
    s = np.concatenate([sums[n, :n], sums[n, n + 1 :]])
    packed = outer(s, n)
    packed /= -weight
    packed += pack((sums[:n, :n], sums[:n, n + 1 :], np.diagonal(sums)[n + 1 :]))
    return with_scatter({"weight": weight, "origin": origin, "offset": s / weight}, packed, n, _EMPTY, None)


def of_sums(sums: Sums) -> dict[str, Any]:
    """Return the moments of rows that have been read."""
    made = {"weight": sums.weight, "origin": sums.origin, "offset": sums.offset, "eps": sums.eps}
    return with_scatter(made, sums.scatter, sums.n, _EMPTY, sums.exponents)


def with_scatter(
    made: dict[str, Any], packed: np.ndarray, n: int, rounding: np.ndarray, exponents: np.ndarray | None
) -> dict[str, Any]:
    """Return the fields, with those of a packed scatter in units (if any) and of the possible error of its diagonal."""
    unit = _EMPTY
    if exponents is not None and (exponents.any() or not is_ordinary(squares_of(packed, n))):
        parts, unit = canonical(unpack(packed, n), exponents)
        unit.setflags(write=False)
        packed = pack(parts)
        if rounding.size:
            rounding = np.ldexp(rounding, 2 * (exponents - _exponents(unit)))
    packed.setflags(write=False)
    made["scatter_x"], made["scatter_xy"], made["scatter_y"] = unpack(packed, n)
    made["unit"], made["rounding"] = unit, rounding
    return made


def _exponents(unit: np.ndarray) -> np.ndarray | int:
    return exponents_of(unit) - 1 if unit.size else 0


def _delta(one, other) -> np.ndarray:
    """Return the difference between the mean of the second rows and that of the first."""
    delta = other.origin - one.origin
    delta += other.offset - one.offset
    return delta


def _terms(one, other, delta: np.ndarray, weight: float) -> tuple:
    """Return what is added up: both scatters and the distance of the means, in common units, and its factor.

    The exponents of the units are the last but one; None where there are no units. The factor is no part of the
    distance, as a root: of twice a weight that is rounded to other digits.
    """
    size = np.abs(delta)
    largest, smallest = size[size.argmax()], size[size.argmin()]  # twice as fast as max and min
    needs_no_unit = _LIGHT < weight < _HEAVY and largest < _FAR and not (one.unit.size or other.unit.size)
    if needs_no_unit and (smallest > _NEAR or np.count_nonzero(size > _NEAR) == np.count_nonzero(size)):
        return one.packed, other.packed, delta, None, weight
    # The largest of three units: those of both operands, and that of the distance between the means.
    n, (weight, half) = one.n_features, root_unit(weight)
    units, packed = (one.exponents, other.exponents), (one.packed, other.packed)
    sizes = [np.where(squares_of(part, n) > 0.0, unit, _NONE) for part, unit in zip(packed, units, strict=True)]
    exponents = np.max([*sizes, np.where(delta != 0.0, exponents_of(delta) + half, _NONE)], axis=0)
    exponents = np.where(exponents > _NONE, exponents, 0)
    first, second = (
        pack(rescaled(unpack(part, n), unit - exponents)) for part, unit in zip(packed, units, strict=True)
    )
    return first, second, np.ldexp(delta, half - exponents), exponents, weight


def _rounding(moments, packed: np.ndarray, exponents: np.ndarray | None) -> np.ndarray:
    """Return the possible error of the diagonal of a scatter that is packed in these units."""
    if moments.rounding.size:
        if exponents is None:
            return moments.rounding
        return np.ldexp(moments.rounding, 2 * (moments.exponents - exponents))
    # The products were rounded when they were summed about the origin.
    weight, offset = moments.weight, moments.offset
    if exponents is not None:
        weight, half = root_unit(weight)
        offset = np.ldexp(offset, half - exponents)
    return moments.eps * (squares_of(packed, moments.n_features) + weight * offset * offset)


def _rounding_of_weight(one, other) -> float:
    """Return the relative rounding of two weights: that of the products, unless they are integers, which are counts."""
    if one.weight.is_integer() and other.weight.is_integer():
        return EPS
    return min(max(one.eps, other.eps), EPS_32)


def _common_names(one, other, refusal: str) -> tuple[str, ...]:
    """Return the names of the features, or raise ValueError if two moments are not of the same columns."""
    if one.scatter_xy.shape != other.scatter_xy.shape or one.one_target != other.one_target:
        raise ValueError(refusal.format(columns_in_words(one), columns_in_words(other)))
    names = one.feature_names or other.feature_names
    if names != (other.feature_names or names):
        raise ValueError(
            f"The feature names of the moments differ: {', '.join(one.feature_names)} and "
            f"{', '.join(other.feature_names)}; they must be the same, in the same order."
        )
    return names


def columns_in_words(moments) -> str:
    """Return the number of features and targets in words."""
    n_targets = "one target" if moments.one_target else f"{len(moments.scatter_y)} columns of targets"
    n_features = "one feature" if moments.n_features == 1 else f"{moments.n_features} features"
    return f"{n_features} and {n_targets}"
