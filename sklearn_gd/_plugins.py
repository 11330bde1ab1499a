"""Pluggable schedulers and optimizers: callables, given by name or as instances."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from functools import cache, wraps
from numbers import Integral, Real
from typing import Any, TypeVar, dataclass_transform

from sklearn.base import BaseEstimator

from sklearn_gd import _links

T = TypeVar("T", bound=type)
Number = TypeVar("Number", int, float)


@dataclass_transform(field_specifiers=(field,))
def plugin(kind: T) -> T:
    """Turn a class with fields into a built-in optimizer or scheduler, which validates its parameters when called.

    Instances of the same class with the same parameters are equal and have the same hash, and all instances are
    ordered, so they can be keys, and pandas can group the results of a search by them. After `set_params` has changed
    an instance, a dict or set that contains it no longer finds it.
    """
    kind = dataclass(repr=False, unsafe_hash=True)(kind)
    kind._doc_link_module, kind._doc_link_template = _links.MODULE, _links.TEMPLATE
    kind.__lt__ = _before
    kind.__call__ = _checking(kind.__call__, kind)
    return kind


def number(default: Number, low: float, high: float | None, closed: str = "left") -> Number:
    """Return a dataclass field for a number, with the interval of its allowed values.

    The interval is stored as ``(type, low, high, closed)`` and checked when the plug-in is used or called, because
    constructors in scikit-learn only store parameters.
    """
    kind = Integral if isinstance(default, int) else Real
    return field(default=default, metadata={"interval": (kind, low, high, closed)})


def resolve(plugin: str | Callable, known: Mapping[str, type], name: str, owner: str) -> Callable:
    """Return the default instance that a name stands for, or the callable itself.

    Raises
    ------
    ValueError
        If the name is unknown, or the plug-in is not callable.
    TypeError
        If the plug-in is a class.
    """
    if isinstance(plugin, type):
        raise TypeError(f"{plugin.__name__} is a class; pass an instance of it, such as {plugin.__name__}().")
    if not (plugin in known if isinstance(plugin, str) else callable(plugin)):
        raise ValueError(
            f"The {name!r} parameter of {owner} must be a callable or one of {', '.join(map(repr, known))}. "
            f"Got {plugin!r} instead."
        )
    return known[plugin]() if isinstance(plugin, str) else plugin


def checked(plugin: str | Callable, known: Mapping[str, type], name: str, owner: str) -> Callable:
    """Return the optimizer or scheduler, with the parameters of a built-in one validated.

    A built-in one is returned as a copy, which `set_params` of its owner does not change.

    Raises
    ------
    ValueError, TypeError
        As in `resolve`, or if a parameter is outside its interval.
    """
    if type(plugin) not in known.values():
        return resolve(plugin, known, name, owner)
    check_parameters(plugin)
    for parameter in fields(plugin):
        if "plugin" in parameter.metadata:
            checked(getattr(plugin, parameter.name), known, parameter.name, type(plugin).__name__)
    return deepcopy(plugin)


def check_parameters(plugin: Any) -> None:
    """Raise ValueError if a numeric parameter of a built-in plug-in is outside its interval."""
    for name, *interval in _intervals(type(plugin)):
        _check_number(type(plugin).__name__, name, getattr(plugin, name), *interval)


@cache
def _intervals(kind: type) -> list[tuple]:
    return [
        (parameter.name, *parameter.metadata["interval"])
        for parameter in fields(kind)
        if "interval" in parameter.metadata
    ]


def _checking(call: Callable, kind: type) -> Callable:
    if not _intervals(kind):
        return call

    @wraps(call)
    def checking_call(self, *args, **options):
        check_parameters(self)
        return call(self, *args, **options)

    return checking_call


def without_check(plugin: Callable) -> Callable:
    """Return the plug-in's call without the check of its parameters, for one that has been checked."""
    call = type(plugin).__call__
    return getattr(call, "__wrapped__", call).__get__(plugin) if _is_built_in(plugin) else plugin


def _before(self, other: Any) -> bool:
    """Return whether one built-in plug-in is sorted before another: by name, then by parameters."""
    return _place(self) < _place(other) if _is_built_in(other) else NotImplemented


def _is_built_in(plugin: Any) -> bool:
    return getattr(type(plugin), "__lt__", None) is _before


def _place(plugin: Any) -> tuple:
    """Return the key by which plug-ins are sorted: numbers come first, other values are sorted by their text."""
    values = [getattr(plugin, parameter.name) for parameter in fields(plugin)]
    return type(plugin).__name__, [(0, v, "") if isinstance(v, Real) else (1, 0, str(v)) for v in values]


def snapshot(plugin: Callable, known: Mapping[str, type]) -> Callable:
    """Return a copy, for later comparison, of a plug-in that `set_params` of its owner may change."""
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
            f"The {name!r} parameter of {owner} must be {noun} in the range {interval}. Got {value!r} instead."
        )
