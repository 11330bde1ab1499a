"""The moments of some of the features, selected by name, by number or by a mask."""

from typing import Any

import numpy as np

from sklearn_gd._data.packed import squares_of, unpack
from sklearn_gd._data.rounding import Centre, eps_if_all_vary, eps_of


def chosen(moments, features) -> dict[str, Any]:
    """Return the fields of the moments of some features that differ from those of all features."""
    n, names = moments.n_features, moments.feature_names
    j = _numbers(features, n, names)
    columns = np.concatenate([j, np.arange(n, len(moments.origin))])
    # The packed scatter consists of rows, each with the products of one column and all features.
    rows = moments.packed[columns[:, np.newaxis] * n + j]
    packed = np.concatenate([rows.ravel(), moments.scatter_y])
    packed.setflags(write=False)
    some = {"origin": moments.origin[columns], "offset": moments.offset[columns]}
    some["scatter_x"], some["scatter_xy"], some["scatter_y"] = unpack(packed, len(j))
    if names:
        some["feature_names"] = tuple(names[i] for i in j)
    if moments.unit.size:
        unit = moments.unit[columns]
        some["unit"] = unit if np.any(unit != 1.0) else np.empty(0)
        some["unit"].setflags(write=False)
    if moments.rounding.size:
        some["rounding"] = moments.rounding[columns]
        if moments.weight > 0.0:
            some["eps"] = _eps(moments, columns, squares_of(packed, len(j)))
    return some


@np.errstate(divide="ignore", invalid="ignore")
def _eps(moments, columns: np.ndarray, squares: np.ndarray) -> float:
    """Return the relative rounding of the scatter of some columns, which has these squares on its diagonal."""
    rounding = moments.rounding[columns]
    eps = eps_if_all_vary(squares, rounding)
    if eps is None:
        centre = Centre(moments.weight, moments.mean[columns], moments.exponents[columns])
        eps = eps_of(squares, rounding, centre)
    return eps


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
        try:
            return np.arange(n)[wanted]
        except IndexError:
            beyond = wanted[(wanted < -n) | (wanted >= n)]
            raise ValueError(f"There is no feature {beyond[0]}: the features are numbered 0 to {n - 1}.") from None
    if not all(isinstance(name, str) for name in wanted.tolist()):
        raise TypeError(f"Features must be selected by names, numbers or a mask. Got {features!r} instead.")
    if not names:
        raise ValueError(f"The features of these moments have no names; select them by their numbers, 0 to {n - 1}.")
    unknown = [name for name in wanted.tolist() if name not in names]
    if unknown:
        raise ValueError(f"There is no feature {unknown[0]!r}; the features are {', '.join(names)}.")
    number = {name: j for j, name in enumerate(names)}
    return np.array([number[name] for name in wanted.tolist()])
