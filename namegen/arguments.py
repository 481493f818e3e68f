"""Arguments of the functions that users call, checked against their annotations: a wrong one is told in a line.

    @checked
    def sample(self, n: Count = 10, *, seed: Seed = 42) -> list[str]: ...

    model.sample("5")       # UsageError: n must be a whole number, not '5'.

What an iterator holds is not looked at, since that would use it up. This room knows annotations, and nothing of what
the functions do.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from reprlib import repr as short_repr
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from namegen.errors import UsageError

Count = Annotated[int, range(10**12 + 1)]
Seed = Annotated[int, range(1 << 32)]  # more than these torch's generator does not tell apart

P = ParamSpec("P")
R = TypeVar("R")

_LISTS = (Iterable, Sequence, tuple)
_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "True or False",
    Path: "a path",
    NoneType: "None",
    Callable: "a function",
}


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The function, raising `UsageError` for an argument that is not as annotated.

    >>> @checked
    ... def greet(names: Sequence[str], times: Count = 1) -> str: ...
    >>> greet("ava")
    Traceback (most recent call last):
    namegen.errors.UsageError: names must be a list of texts, not 'ava'. Give ['ava'].
    """
    signature = inspect.signature(function)
    hints = cache(lambda: get_type_hints(function, include_extras=True))

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            require(name, value, hints().get(name, Any))
        return function(*args, **kwargs)

    return call


def require(name: str, value: object, wanted: Any) -> None:
    """Raise `UsageError` unless a value, which has this name, is of the wanted type, and in its range if it has one."""
    if get_origin(wanted) is Annotated:
        kind, allowed = get_args(wanted)
        require(name, value, kind)
        if value not in allowed:
            raise UsageError(f"{name} {value} is outside what is allowed: {allowed[0]:,} to {allowed[-1]:,}.")
    elif not _fits(value, wanted):
        hint = f" Give [{short_repr(value)}]." if isinstance(value, str) and _fits([value], wanted) else ""
        raise UsageError(f"{name} must be {_described(wanted)}, not {short_repr(value)}.{hint}")


def _fits(value: Any, wanted: Any) -> bool:
    kind, parts = get_origin(wanted) or wanted, get_args(wanted)
    if wanted is Any:
        fits = True
    elif kind in (Union, UnionType):
        fits = any(_fits(value, part) for part in parts)
    elif kind is Literal:
        fits = value in parts
    elif kind is Callable:
        fits = callable(value)
    elif kind in _LISTS:
        is_list = isinstance(value, kind) and not isinstance(value, str | bytes)
        fits = is_list and (kind is Iterable or all(_fits(item, parts[0]) for item in value))
    elif kind is Mapping:
        fits = isinstance(value, Mapping) and all(
            _fits(item, part) for pair in value.items() for item, part in zip(pair, parts, strict=True)
        )
    elif isinstance(value, bool):  # no number here, though Python takes it for one
        fits = kind is bool
    else:
        fits = isinstance(value, int | float if kind is float else kind)
    return fits


def _described(wanted: Any) -> str:
    kind, parts = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Union, UnionType):
        return " or ".join(_described(part) for part in parts)
    if kind is Literal:
        return " or ".join(map(repr, parts))
    if kind in _LISTS:
        return f"a list of {_plural(parts[0])}"
    if kind is Mapping:
        return f"a dictionary of {_plural(parts[0])} to {_plural(parts[1])}"
    return _WORDS.get(kind) or f"a{'n' * (kind.__name__[0] in 'AEIOU')} {kind.__name__}"


def _plural(wanted: Any) -> str:
    if get_origin(wanted) in (Union, UnionType):
        return " or ".join(_plural(part) for part in get_args(wanted))
    return _described(wanted).split(" ", 1)[1].removesuffix("s") + "s"
