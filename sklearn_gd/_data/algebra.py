"""Sums, differences and multiples of moments: rows that come, rows that leave, and weights that fade.

For two sets of rows, with ``delta`` from the mean of the one to that of the other, Chan's formula is

``weight = w_1 + w_2``; ``scatter = scatter_1 + scatter_2 + w_1 w_2 / weight * delta delta'``

The same formula, with ``-w_2`` and ``-scatter_2``, takes the second set out of the first.
A difference keeps the rounding of what it is a difference of, however little is left.
So from the first subtraction on, moments carry along by how much the scatter of each column may be off.
These roundings are independent of each other, so it is their squares that add up.

Each function returns the fields that the result has and the first moments have not.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from sklearn_gd._data.packed import outer, pack, squares_of, unpack
from sklearn_gd._data.rounding import EPS, EPS_32, NOISE, Centre, check_is_nothing, eps_of, without_noise
from sklearn_gd._data.units import canonical, exponents_of, rescaled, root_unit

# Means that are up to so many powers of two apart have a distance whose square, times a weight within these, is a
# number like others.
_NEAR, _LIGHT, _HEAVY = 300, 2.0**-200, 2.0**200
# The exponent of a unit that there is not, below all others.
_NONE = -(10**6)
# A weight of so few roundings of what it was is none.
_NO_WEIGHT = 64.0
# Where less than this share of the weight is left, it matters how far from the others the rows are that are left.
_FEW = 1.0 / 16.0
_EMPTY = np.empty(0)
_EMPTY.flags.writeable = False
_quiet = partial(np.errstate, over="ignore", invalid="ignore", divide="ignore")


def plus(one, other) -> dict[str, Any]:
    """Return the moments of the rows of both."""
    names = _common_names(one, other, "Moments of {0} can't be added to moments of {1}.")
    if other.weight == 0.0:
        return {}
    if one.weight == 0.0:
        return vars(other)
    weight = one.weight + other.weight
    share = other.weight / weight
    with _quiet():  # what overflows is refused as a whole
        terms = _Terms.of(one, other, one.weight * share)
        packed = terms.between()
        packed += terms.first
        packed += terms.second
        made = {
            "weight": weight,
            "offset": one.offset + terms.delta * share,
            "feature_names": names,
            "eps": max(one.eps, other.eps),
            "dtype": one.dtype if one.dtype == other.dtype else "float64",
        }
        rounding = None
        if one.rounding.size or other.rounding.size:
            squares = squares_of(packed, one.n_features)
            rounding = np.hypot(terms.rounding(one, terms.first), terms.rounding(other, terms.second))
            rounding = np.hypot(rounding, EPS * squares)
            # The origin of a window goes with its rows, which may drift.
            made |= {"origin": other.origin, "offset": other.offset - terms.delta * (1.0 - share)}
            made["eps"] = eps_of(squares, rounding, Centre(weight, other.origin + made["offset"], terms.exponents))
        return made | _in_units(packed, one.n_features, rounding, terms.exponents)


def minus(one, other) -> dict[str, Any]:
    """Return the moments of the rows of the first, without those of the second."""
    names = _common_names(one, other, "Moments of {1} can't be subtracted from moments of {0}.")
    if other.weight == 0.0:
        return {}
    weight = one.weight - other.weight
    no_weight = _NO_WEIGHT * one.weight * _rounding_of_weight(one, other)
    if weight < -no_weight:
        raise ValueError(
            f"Moments of weight {other.weight:g} can't be subtracted from moments of weight {one.weight:g}: "
            "rows that leave must be among those that are there."
        )
    with _quiet():
        if weight <= no_weight:
            terms = _Terms.of(one, other, one.weight)
            rounding = np.hypot(terms.rounding(one, terms.first), terms.rounding(other, terms.second))
            check_is_nothing(terms.first - terms.second, terms.weight * terms.distance**2, rounding, one.n_features)
            return times(0.0, one)
        share = other.weight / weight
        terms = _Terms.of(one, other, one.weight * share)
        packed, rounding = terms.between(), terms.rounding_of_rest(one, other, weight)
        packed += terms.second
        np.subtract(terms.first, packed, out=packed)
        offset = one.offset - terms.delta * share
        squares = squares_of(packed, one.n_features)
        least = float((squares / rounding).min())
        if least > NOISE:
            eps = max(EPS, 1.0 / least)
        else:
            centre = Centre(weight, one.origin + offset, terms.exponents)
            rounding = without_noise(packed, one.n_features, rounding, centre, names)
            eps = eps_of(squares_of(packed, one.n_features), rounding, centre)
        made = {"weight": weight, "offset": offset, "feature_names": names, "eps": eps}
        return made | _in_units(packed, one.n_features, rounding, terms.exponents)


def times(factor: float, moments) -> dict[str, Any]:
    """Return the moments of rows of which each has `factor` times its weight."""
    if not 0.0 <= factor < np.inf:
        raise ValueError(
            "Moments can be multiplied by a factor for the weight of their rows, a finite number of at least 0. "
            f"Got {factor!r} instead; rows leave by subtraction."
        )
    factor = float(factor)
    weight = factor * moments.weight
    if weight == np.inf:
        raise ValueError(f"A factor of {factor:g} makes the weight of {moments.weight:g} overflow float64.")
    if weight == 0.0:
        return nothing(moments.n_features, len(moments.scatter_y))
    factor, half = root_unit(factor)
    rounding = factor * moments.rounding if moments.rounding.size else None
    exponents = moments.exponents + half
    return {"weight": weight} | _in_units(factor * moments.packed, moments.n_features, rounding, exponents)


def nothing(n: int, k: int) -> dict[str, Any]:
    """Return the moments of no rows."""
    none = np.zeros(n + k)
    return {"weight": 0.0, "origin": none, "offset": none} | _in_units(np.zeros((n + k) * n + k), n, None, None)


def centred(origin: np.ndarray, sums: np.ndarray, n: int) -> dict[str, Any]:
    """Return the moments for sums of products of rows ``(x, 1, y)`` about an origin, of `n` features."""
    weight = float(sums[n, n])
    if weight == 0.0:
        return nothing(n, len(origin) - n)
    s = np.concatenate([sums[n, :n], sums[n, n + 1 :]])
    packed = outer(s, n)
    packed /= -weight
    packed += pack((sums[:n, :n], sums[:n, n + 1 :], np.diagonal(sums)[n + 1 :]))
    return {"weight": weight, "origin": origin, "offset": s / weight} | _in_units(packed, n, None, None)


def _in_units(packed: np.ndarray, n: int, rounding: np.ndarray | None, exponents: np.ndarray | None) -> dict[str, Any]:
    """Return the scatter, and by how much its diagonal may be off, of columns in units ``2**exponents``, or in none."""
    unit, rounding = _EMPTY, _EMPTY if rounding is None else rounding
    if exponents is not None:
        parts, unit = canonical(unpack(packed, n), exponents)
        packed = pack(parts)
        if rounding.size:
            rounding = np.ldexp(rounding, 2 * (exponents - _exponents(unit)))
    packed.flags.writeable = False
    of_x, of_xy, of_y = unpack(packed, n)
    return {"scatter_x": of_x, "scatter_xy": of_xy, "scatter_y": of_y, "unit": unit, "rounding": rounding}


def _exponents(unit: np.ndarray) -> np.ndarray | int:
    return exponents_of(unit) - 1 if unit.size else 0


class _Terms(NamedTuple):
    """What a scatter is made of, packed, in common units ``2**exponents``; in none, where `exponents` is None.

    Attributes
    ----------
    n : int
        The number of features.
    first, second : ndarray
        The scatters of the two moments.
    weight : float
        What the square of the distance of the means is multiplied by.
    delta, distance : ndarray of shape (n_features + n_targets,)
        That distance, without the units and in them.
    exponents : ndarray of shape (n_features + n_targets,) or None
        The exponents of the units.
    """

    n: int
    first: np.ndarray
    second: np.ndarray
    weight: float
    delta: np.ndarray
    distance: np.ndarray
    exponents: np.ndarray | None

    @classmethod
    def of(cls, one, other, weight: float) -> "_Terms":
        n, delta = one.n_features, (other.origin - one.origin) + (other.offset - one.offset)
        is_near = np.abs(np.frexp(delta)[1]).max() <= _NEAR
        if is_near and _LIGHT < weight < _HEAVY and not (one.unit.size or other.unit.size):
            return cls(n, one.packed, other.packed, weight, delta, delta, None)
        # The largest of three units: those of both, and the size of what comes between them.
        weight, half = root_unit(weight)
        units = one.exponents, other.exponents
        packed = one.packed, other.packed
        sizes = [np.where(squares_of(part, n) > 0.0, unit, _NONE) for part, unit in zip(packed, units, strict=True)]
        exponents = np.max([*sizes, np.where(delta != 0.0, exponents_of(delta) + half, _NONE)], axis=0)
        exponents = np.where(exponents > _NONE, exponents, 0)
        first, second = (
            pack(rescaled(unpack(part, n), unit - exponents)) for part, unit in zip(packed, units, strict=True)
        )
        return cls(n, first, second, weight, delta, np.ldexp(delta, half - exponents), exponents)

    def between(self) -> np.ndarray:
        """Return ``weight * delta delta'``."""
        packed = outer(self.distance, self.n)
        packed *= self.weight
        return packed

    def rounding(self, moments, packed: np.ndarray) -> np.ndarray:
        """Return by how much the diagonal of one of the scatters may be off."""
        if moments.rounding.size:
            if self.exponents is None:
                return moments.rounding
            return np.ldexp(moments.rounding, 2 * (moments.exponents - self.exponents))
        # The products were rounded where they were summed: about the origin.
        weight, offset = moments.weight, moments.offset
        if self.exponents is not None:
            weight, half = root_unit(weight)
            offset = np.ldexp(offset, half - self.exponents)
        return moments.eps * (squares_of(packed, self.n) + weight * offset * offset)

    def rounding_of_rest(self, one, other, weight: float) -> np.ndarray:
        """Return by how much the diagonal may be off of what is left of one, with some weight, without the other.

        The distance of the means has a rounding as well. What it is multiplied by is large where few rows are left; but
        ``w_1 w_2 / weight * delta**2`` is no more than the scatter of all rows.
        """
        squares, ratio = squares_of(self.first, self.n), one.weight / weight
        if weight > _FEW * one.weight:
            size = ratio * squares
        else:
            size = squares + ratio * self.weight * self.distance * self.distance
        rounding = (2.0 * EPS) * size  # of the difference, and of products in float64 on both sides
        for moments, packed in ((one, self.first), (other, self.second)):
            if moments.rounding.size or moments.eps > EPS:
                rounding = np.hypot(rounding, self.rounding(moments, packed))
        return rounding


def _rounding_of_weight(one, other) -> float:
    """Return the relative rounding of two weights: that of the products, unless they are whole numbers, and counted."""
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
            f"The features of the moments have other names: {', '.join(one.feature_names)} and "
            f"{', '.join(other.feature_names)}; they must be the same, in the same order."
        )
    return names


def columns_in_words(moments) -> str:
    """Return how many features and targets there are."""
    n_targets = "one target" if moments.one_target else f"{len(moments.scatter_y)} columns of targets"
    return f"{moments.n_features} features and {n_targets}"
