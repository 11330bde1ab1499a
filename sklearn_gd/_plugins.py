"""What a pluggable scheduler or optimizer is: a callable, known by name or given as itself."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import field, fields
from numbers import Integral, Real
from typing import Any

from sklearn.base import BaseEstimator


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


def checked(plugin: str | Callable, known: Mapping[str, type], name: str, owner: str) -> Callable:
    """Return the optimizer or scheduler that is meant, the parameters of a built-in one validated.

    A built-in one is a copy, which its owner does not change by `set_params`.

    Raises
    ------
    ValueError
        If a name is unknown, a parameter outside its interval, or the plug-in nothing that can be called.
    TypeError
        If it is a class.
    """
    if isinstance(plugin, type):
        raise TypeError(f"{plugin.__name__} is a class; give an instance of it, such as {plugin.__name__}().")
    if not (plugin in known if isinstance(plugin, str) else callable(plugin)):
        raise ValueError(
            f"The {name!r} parameter of {owner} must be a callable or one of {', '.join(map(repr, known))}. "
            f"Got {plugin!r} instead."
        )
    if type(plugin) in known.values():
        for parameter in fields(plugin):
            value, owner = getattr(plugin, parameter.name), type(plugin).__name__
            if "interval" in parameter.metadata:
                _check_number(owner, parameter.name, value, *parameter.metadata["interval"])
            else:
                checked(value, known, parameter.name, owner)
        return deepcopy(plugin)
    return resolve(plugin, known)


def snapshot(plugin: Callable, known: Mapping[str, type]) -> Callable:
    """Return a copy to compare with later, of a plug-in that its owner may change by `set_params` until then."""
    own = isinstance(plugin, BaseEstimator) and type(plugin) not in known.values()  # built-in ones are copies already
    return deepcopy(plugin) if own else plugin


def _check_number(owner: str, name: str, value: Any, kind: type, low: float, high: float | None, closed: str) -> None:
    inside = isinstance(value, kind) and not isinstance(value, bool)
    if inside:
        above = value >= low if closed == "left" else value > low
        inside = above and (high is None or (value <= high if closed == "right" else value < high))
    if not inside:
        noun, low, high = ("an int", low, high) if kind is Integral else ("a float", float(low), high and float(high))
        interval = f"{'[' if closed == 'left' else '('}{low}, {'inf' if high is None else high}"
        interval += "]" if closed == "right" else ")"
        raise ValueError(
            f"The {name!r} parameter of {owner} must be {noun} in the interval {interval}. Got {value!r} instead."
        )
