"""Settings that check their own values: of a model family, of a training, of the names that are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any, Self, get_origin

from namegen.arguments import require
from namegen.errors import ModelFileError, UsageError


@dataclass(frozen=True)
class Config:
    """The settings of a family, which check their own values. Subclasses are frozen dataclasses."""

    @classmethod
    def of(cls, *, beside: Sequence[str] = (), **values: Any) -> Self:
        """The settings with these values, else their defaults.

        Raises `UsageError` for one that there is not, and says which there are, among them those that are asked for
        `beside` these.
        """
        known = [*(field.name for field in fields(cls)), *beside]
        for name in values:
            if name not in known:
                raise unknown_setting(name, known)
        return cls(**values)

    def check_types(self) -> None:
        """Raise `UsageError` unless every value is of the type of its setting."""
        for field in fields(self):
            require(field.name, getattr(self, field.name), field.type)

    def check(self, setting: str, low: float, high: float) -> None:
        """Raise `UsageError` unless the value of a setting is a number of its type, and lies within [low, high]."""
        value = getattr(self, setting)
        wanted = next(field.type for field in fields(self) if field.name == setting)
        if isinstance(value, bool) or not isinstance(value, int if wanted is int else int | float):
            raise UsageError(f"{setting.replace('_', ' ')} {value!r} is no {'whole ' * (wanted is int)}number.")
        if not low <= value <= high:
            allowed = " to ".join(
                f"{bound:,.0f}" if float(bound).is_integer() else f"{bound:g}" for bound in (low, high)
            )
            raise UsageError(f"{setting.replace('_', ' ')} {value} is outside what is allowed: {allowed}.")

    def check_choice(self, setting: str, allowed: tuple[str, ...]) -> None:
        """Raise `UsageError` unless the value of a setting is one of these."""
        value = getattr(self, setting)
        if value not in allowed:
            raise UsageError(f"{setting.replace('_', ' ')} {value!r} is unknown. Choose from: {', '.join(allowed)}.")

    @property
    def changed(self) -> dict[str, Any]:
        """The settings that are not at their defaults."""
        values = ((field, getattr(self, field.name)) for field in fields(self))
        return {field.name: value for field, value in values if value != field.default}

    def to_json(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The settings from plain values. Raises `ModelFileError` for a missing, unknown or ill-typed one."""
        types = {field.name: field.type for field in fields(cls)}
        if set(values) != set(types):
            odd = ", ".join(sorted(map(str, set(values) ^ set(types))))
            raise ModelFileError(f"the settings of {cls.__name__} do not fit: {odd}")
        for name, value in values.items():
            wanted = get_origin(types[name]) or types[name]
            if not (type(value) is wanted or (wanted is float and type(value) is int)):
                raise ModelFileError(f"the setting {name} of {cls.__name__} has no value of its type")
        return cls(**values)


def unknown_setting(name: str, known: Iterable[str]) -> UsageError:
    """The error that says so, and what may have been meant."""
    near = get_close_matches(name, known, n=1)
    meant = f"Did you mean {near[0]!r}?" if near else f"Choose from: {', '.join(sorted(known))}."
    return UsageError(f"unknown setting {name!r}. {meant}")
