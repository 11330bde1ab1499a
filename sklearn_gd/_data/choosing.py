"""Moments of some of the features: by name, by number, or by a mask."""

from typing import Any

import numpy as np

from sklearn_gd._data.packed import pack, squares_of, unpack
from sklearn_gd._data.rounding import Centre, eps_of


def chosen(moments, features) -> dict[str, Any]:
    """Return the fields of the moments that are not those of all features."""
    j = _numbers(features, moments.n_features, moments.feature_names)
    columns = np.concatenate([j, np.arange(moments.n_features, len(moments.origin))])
    unit = moments.unit[columns] if moments.unit.size else moments.unit
    unit = unit if np.any(unit != 1.0) else np.empty(0)
    rounding = moments.rounding[columns] if moments.rounding.size else moments.rounding
    packed = pack((moments.scatter_x[np.ix_(j, j)], moments.scatter_xy[j], moments.scatter_y))
    packed.flags.writeable = False
    of_x, of_xy, of_y = unpack(packed, len(j))
    some = {
        "origin": moments.origin[columns],
        "offset": moments.offset[columns],
        "scatter_x": of_x,
        "scatter_xy": of_xy,
        "scatter_y": of_y,
        "unit": unit,
        "rounding": rounding,
        "feature_names": tuple(moments.feature_names[i] for i in j) if moments.feature_names else (),
    }
    if rounding.size and moments.weight > 0.0:
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = Centre(moments.weight, some["origin"] + some["offset"], moments.exponents[columns])
            some["eps"] = eps_of(squares_of(packed, len(j)), rounding, centre)
    return some


def _numbers(features, n: int, names: tuple[str, ...]) -> np.ndarray:
    """Return the numbers of the features that are chosen, from 0 on."""
    wanted = np.atleast_1d(np.arange(n)[features] if isinstance(features, slice) else np.asarray(features))
    if wanted.ndim != 1 or wanted.size == 0:
        raise ValueError(f"Select at least one feature, by names, numbers or a mask. Got {features!r} instead.")
    if wanted.dtype == bool:
        if len(wanted) != n or not wanted.any():
            raise ValueError(f"A mask must have one entry for each of {n} features, and select at least one of them.")
        return np.flatnonzero(wanted)
    if wanted.dtype.kind in "iu":
        beyond = wanted[(wanted < -n) | (wanted >= n)]
        if beyond.size:
            raise ValueError(f"There is no feature {beyond[0]}: the features have the numbers 0 to {n - 1}.")
        return wanted % n
    if not all(isinstance(name, str) for name in wanted.tolist()):
        raise TypeError(f"Features are selected by names, numbers or a mask. Got {features!r} instead.")
    if not names:
        raise ValueError(f"The features of these moments have no names; select them by their numbers, 0 to {n - 1}.")
    unknown = [name for name in wanted.tolist() if name not in names]
    if unknown:
        raise ValueError(f"There is no feature {unknown[0]!r}; the features are {', '.join(names)}.")
    number = {name: j for j, name in enumerate(names)}
    return np.array([number[name] for name in wanted.tolist()])
