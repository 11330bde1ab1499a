"""What a pluggable scheduler or optimizer is: a callable, known by name or given as itself."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from functools import cache, wraps
from numbers import Integral, Real
from typing import Any, TypeVar, dataclass_transform

from sklearn.base import BaseEstimator

from sklearn_gd import _links

T = TypeVar("T", bound=type)


@dataclass_transform()
def plugin(kind: T) -> T:
    """Make a built-in optimizer or scheduler of a class with fields: a value, which checks itself when it is called.

    Two of the same class with the same parameters are equal, with one hash, and all have an order: so they can be keys,
    and pandas can group the results of a search by them. One that `set_params` has changed is another value, which a
    dict or set that holds it no longer finds.
    """
    kind = dataclass(repr=False, unsafe_hash=True)(kind)
    kind._doc_link_module, kind._doc_link_template = _links.MODULE, _links.TEMPLATE
    kind.__lt__ = _before
    kind.__call__ = _checking(kind.__call__, kind)
    return kind


def number(default: float, low: float, high: float | None, closed: str = "left") -> Any:
    """Return a dataclass field for a number, with the interval of its allowed values.

    The interval is kept as plain data, ``(type, low, high, closed)``, and checked when the plug-in is used or called:
    constructors store, as everywhere in scikit-learn.
    """
    kind = Integral if isinstance(default, int) else Real
    return field(default=default, metadata={"interval": (kind, low, high, closed)})


def resolve(plugin: str | Callable, known: Mapping[str, type], name: str, owner: str) -> Callable:
    """Return the default instance that a name stands for, or the callable itself.

    Raises
    ------
    ValueError
        If a name is unknown, or the plug-in nothing that can be called.
    TypeError
        If it is a class.
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
    """Return the optimizer or scheduler that is meant, the parameters of a built-in one validated.

    A built-in one is a copy, which its owner does not change by `set_params`.

    Raises
    ------
    ValueError, TypeError
        As in `resolve`; and if a parameter is outside its interval.
    """
    if type(plugin) not in known.values():
        return resolve(plugin, known, name, owner)
    check_parameters(plugin)
    for parameter in fields(plugin):
        if "plugin" in parameter.metadata:
            checked(getattr(plugin, parameter.name), known, parameter.name, type(plugin).__name__)
    return deepcopy(plugin)


def check_parameters(plugin: Any) -> None:
    """Raise ValueError if a number among the parameters of a built-in plug-in is outside its interval."""
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
    """Return what a plug-in calls once its parameters are checked, for one that has been and is called often."""
    call = type(plugin).__call__
    return getattr(call, "__wrapped__", call).__get__(plugin) if _is_built_in(plugin) else plugin


def _before(self, other: Any) -> bool:
    """Return whether one built-in plug-in comes before another: by name, then by its parameters."""
    return _place(self) < _place(other) if _is_built_in(other) else NotImplemented


def _is_built_in(plugin: Any) -> bool:
    return getattr(type(plugin), "__lt__", None) is _before


def _place(plugin: Any) -> tuple:
    """Return what plug-ins are sorted by: numbers before anything else, which goes by its text."""
    values = [getattr(plugin, parameter.name) for parameter in fields(plugin)]
    return type(plugin).__name__, [(0, v, "") if isinstance(v, Real) else (1, 0, str(v)) for v in values]


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
            f"The {name!r} parameter of {owner} must be {noun} in the range {interval}. Got {value!r} instead."
        )
