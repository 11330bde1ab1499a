"""What a pluggable scheduler or optimizer is: a callable, known by name or given as itself."""

from collections.abc import Callable, Mapping
from dataclasses import field
from numbers import Integral, Real
from typing import Any


def number(default: float, low: float, high: float | None, closed: str = "left") -> Any:
    """Return a dataclass field for a number, with the interval of its allowed values.

    The interval is kept as plain data, ``(type, low, high, closed)``, and checked when the plug-in is used:
    constructors store, as everywhere in scikit-learn.
    """
    kind = Integral if isinstance(default, int) else Real
    return field(default=default, metadata={"interval": (kind, low, high, closed)})


def resolve(plugin: str | Callable, known: Mapping[str, type]) -> Callable:
    """Return the default instance that a name stands for, or the callable itself."""
    return known[plugin]() if isinstance(plugin, str) else plugin
