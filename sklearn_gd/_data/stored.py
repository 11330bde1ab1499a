"""The stored form of moments: their attributes by name, as pickle and ``numpy.savez`` keep them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sklearn_gd._data.packed import pack, unpack

#: The version of the attributes, by which moments read from a file are recognised.
VERSION = 1
_PARTS = ("scatter_x", "scatter_xy", "scatter_y")
# numpy.load returns every attribute as an array.
_KINDS = {"weight": float, "one_target": bool, "eps": float, "dtype": str, "version": int}


def restored(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of stored moments, whose arrays are read-only and whose scatter is packed.

    Raises ValueError if they were stored as another version.
    """
    if (version := int(stored.get("version", 0))) != VERSION:
        was_stored = f"as version {version}" if version else "before they had a version"
        raise ValueError(
            f"Moments stored {was_stored} can't be read by this release, which stores version {VERSION}; "
            "compute them again from the rows."
        )
    made = dict(stored) | {name: kind(stored[name]) for name, kind in _KINDS.items()}
    made["feature_names"] = tuple(map(str, stored["feature_names"]))
    parts = [np.asarray(stored[name]) for name in _PARTS]
    packed = pack(parts)
    packed.flags.writeable = False
    made |= zip(_PARTS, unpack(packed, len(parts[0])), strict=True)
    for name in ("origin", "offset", "unit", "rounding"):
        made[name] = np.asarray(stored[name]).view()
        made[name].flags.writeable = False
    return made
