"""A command's options, built from the settings classes that it names: each field with a `Doc` becomes an option.

Nothing is listed by hand. What only the command line knows, such as `--out`, stands in settings classes below.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import MISSING, dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, NewType, cast, get_args, get_origin

import typer
from annotated_doc import Doc
from annotated_types import Ge, Le
from rich.markup import escape

from namegen.cli import completion
from namegen.errors import UsageError
from namegen.settings import (
    ADVANCED,
    DRAWN,
    LIST,
    MODEL,
    SHOWN,
    TRAINING,
    WHICH,
    Group,
    Pieces,
    Settings,
    options_of,
)

# Options with a short form, which help shows first; all others are spelled as their field.
SPELLED = {
    "n": ("-n", "--number"),
    "model": ("--model", "-m"),
    "preset": ("--preset", "-p"),
    "temperature": ("--temperature", "-t"),
    "out": ("--out", "-o"),
    "interactive": ("--interactive", "-i"),
    "quiet": ("--quiet", "-q"),
}
GROUPS = (None, LIST, MODEL, TRAINING, WHICH, DRAWN, SHOWN, ADVANCED)  # as help shows them
FEW = 100_000  # a bound above this is not shown: nobody comes near it

Given = NewType("Given", frozenset[str])  # the names of the options that were given


@dataclass(frozen=True)
class Only:
    """The fields that a command takes of a settings class, where it does not take all."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """A field of a settings class as an option: how its value is read, and what help calls that value."""

    name: str
    annotation: Any
    default: Any

    @property
    def flags(self) -> tuple[str, ...]:
        """How it is spelled."""
        word = self.name.replace("_", "-")
        return (f"--no-{word}",) if self.default is True else SPELLED.get(self.name, (f"--{word}",))

    @property
    def group(self) -> Group | None:
        """Under which heading help shows it."""
        return next((part for part in get_args(self.annotation) if isinstance(part, Group)), None)

    @property
    def kind(self) -> Any:
        """The type of its values, apart from None."""
        kinds = [kind for kind in _members(get_args(self.annotation)[0]) if kind is not NoneType]
        return kinds[0] if len(kinds) == 1 else Pieces

    def read(self, given: Any) -> Any:
        """The value of what was typed; a text that cannot be read stays, for the check of settings to refuse."""
        if self.kind is bool:
            return not self.default
        if self.kind is Pieces:
            return tuple(given)
        try:
            if get_origin(self.kind) is tuple:
                return tuple(int(number) for number in given.replace(",", " ").split())
            return self.kind(given) if self.kind in (int, float, Path) else given
        except ValueError:
            return given

    def parameter(self, shown_default: str | None = None) -> inspect.Parameter:
        """The parameter of a signature that Typer reads: a flag, or an option whose value is a text."""
        metavar = {bool: "", int: "N", float: "X", Path: "FILE", Pieces: "TEXT"}.get(self.kind, "TEXT")
        typed: Any = {bool: bool, Pieces: list[str] | None}.get(self.kind, str | None)
        words = choices(self.kind)
        complete = completion.words(words) if words else completion.VALUES.get(self.name)
        option = typer.Option(
            *self.flags,
            help=self._help(shown_default),
            metavar="WORD" if words else "LIST" if complete is completion.lists else metavar,
            autocompletion=complete,
            show_default=False,
            rich_help_panel=self.group.title if self.group else None,
        )
        default = inspect.Parameter.empty if self.default is MISSING else False if self.kind is bool else None
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[typed, option]
        )

    def _help(self, shown_default: str | None) -> str:
        """What it does, which values it takes, and its default."""
        says = next(part.documentation for part in get_args(self.annotation) if isinstance(part, Doc))
        if self.default is True:
            says = f"Turn off: {says[0].lower()}{says[1:]}"
        words = choices(self.kind)
        limits = " or ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else self._bounds()
        default = shown_default or _shown(self.default)
        facts = "; ".join(filter(None, [limits, default and f"default: {default}"]))
        return escape(says) + (f" [dim]{escape(f'[{facts}]')}[/dim]" if facts else "")

    def _bounds(self) -> str:
        parts = get_args(self.annotation)
        low = next((float(cast(float, part.ge)) for part in parts if isinstance(part, Ge)), -FEW)
        high = next((float(cast(float, part.le)) for part in parts if isinstance(part, Le)), FEW)
        if high >= FEW:
            return ""
        return f"{low:g} to {high:g}" if low == 0 or low >= 0.001 else f"more than 0, up to {high:g}"


def _shown(default: Any) -> str:
    """A default as help shows it; nothing where it says nothing."""
    if default in (MISSING, None, (), "") or isinstance(default, bool):
        return ""
    return f"{default:,}" if isinstance(default, int) else str(default)


def choices(kind: Any) -> tuple[str, ...]:
    """The words that a type allows, where it allows only some."""
    return get_args(kind) if get_origin(kind) is Literal else ()


def _members(kind: Any) -> Iterator[Any]:
    """The types of a union; a type that is none is its own."""
    if get_origin(kind) in (None, tuple, Literal):
        yield kind
    else:
        yield from get_args(kind)


def command(**shown_defaults: str) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Decorate a command: Typer sees an option for each field of its settings, the function gets the settings.

    A field that is called as an argument of the command is not an option; the argument is its value. A parameter of
    type `Given` gets the names of the options that were given. `shown_defaults` are what help says of options whose
    default the command replaces.
    """

    def decorate(function: Callable[..., int | None]) -> Callable[..., int | None]:
        parameters = inspect.signature(function).parameters.values()
        parts = {p.name: _settings_type(p.annotation) for p in parameters if _settings_type(p.annotation)}
        fields = {p.name: _options(p.annotation) for p in parameters if p.name in parts}
        arguments = [_capital(p) for p in parameters if p.name not in parts and p.annotation is not Given]
        names = {argument.name for argument in arguments}
        options = {o.name: o for found in fields.values() for o in found if o.name not in names}
        given_name = next((p.name for p in parameters if p.annotation is Given), None)

        def call(context: Any, **values: Any) -> int | None:
            if context.args:
                raise UsageError(unexpected(context.args, options))
            given = {n: o.read(values[n]) for n, o in options.items() if values[n] not in (None, False)}
            passed = {p.name: values[p.name] for p in arguments}
            for part, found in fields.items():
                own = {o.name: (given | passed)[o.name] for o in found if o.name in given | passed}
                passed[part] = parts[part].of(**own)
            if given_name:
                passed[given_name] = Given(frozenset(given))
            return function(**passed)

        ordered = sorted(options.values(), key=_rank)
        shown = [option.parameter(shown_defaults.get(option.name)) for option in ordered]
        context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        signature = inspect.Signature([context, *arguments, *shown])
        call.__name__, call.__doc__ = function.__name__, "\n\n".join([*_paragraphs(function), *_told(arguments)])
        call.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        vars(call)["__signature__"] = signature
        return call

    return decorate


def _settings_type(annotation: Any) -> Any:
    base = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return base if isinstance(base, type) and issubclass(base, Settings) else None


def option_of(settings_type: type[Settings], name: str) -> Option:
    """One field of a settings class as an option."""
    field = options_of(settings_type)[name]
    return Option(name, field.type, field.default)


def _options(annotation: Any) -> list[Option]:
    """The options of a parameter whose type is a settings class, or some fields of one."""
    settings_type = _settings_type(annotation)
    found = options_of(settings_type)
    only = next((part.names for part in get_args(annotation)[1:] if isinstance(part, Only)), found)
    return [option_of(settings_type, name) for name in found if name in only]


def _rank(option: Option) -> tuple[int, bool, bool]:
    """Its place in help: by group, and within a group the common ones first."""
    return GROUPS.index(option.group), option.name == "quiet", option.name not in SPELLED


def _capital(parameter: inspect.Parameter) -> inspect.Parameter:
    """An argument that help calls by its name in capitals."""
    kind, info = get_args(parameter.annotation)
    info = copy(info)
    info.metavar = info.metavar or parameter.name.upper()
    return parameter.replace(annotation=Annotated[kind, info], kind=inspect.Parameter.KEYWORD_ONLY)


def _paragraphs(function: Callable[..., int | None]) -> list[str]:
    """What a command says of itself, each paragraph on one line, for help to fold."""
    return [" ".join(paragraph.split()) for paragraph in (inspect.getdoc(function) or "").split("\n\n")]


def _told(arguments: list[inspect.Parameter]) -> Iterator[str]:
    """What help says of each argument, below what it says of the command."""
    for argument in arguments:
        info = get_args(argument.annotation)[1]
        yield f"{info.metavar}: {info.help}"


def unexpected(extra: list[str], options: Mapping[str, Option]) -> str:
    """The error for an argument too many."""
    first = extra[0]
    if first.isdecimal() and "n" in options:
        return f"Unexpected argument {first}. For {first} names: -n {first}"
    return f"Unexpected argument {first}. Leave it out; `namegen blend` makes one model of several."


def argument(help: str, complete: Callable[[str], list[str]] | None = None, metavar: str | None = None) -> Any:
    """What stands in a command's annotation for an argument: help tells of it in words, below those of the command."""
    return typer.Argument(help=help, hidden=True, autocompletion=complete, metavar=metavar, show_default=False)


Model = Annotated[
    str,
    argument(
        "a model file; or a list (a bundled one, a file, a folder, - for standard input), to which a model is fitted "
        "at once.",
        completion.models_and_lists,
    ),
]
Models = Annotated[
    list[str],
    argument("model files; or lists, to each of which a model is fitted at once.", completion.models_and_lists),
]
Sources = Annotated[
    list[str] | None,
    argument(
        "bundled lists (`namegen data` shows them), files, folders of .txt files, or - for standard input. Several are "
        "joined into one list.",
        completion.lists,
    ),
]
Device = Literal["auto", "cpu", "cuda", "mps"]
TableOrJson = Literal["table", "json"]
NameFormat = Literal["lines", "table", "json", "jsonl", "csv"]


@dataclass(frozen=True, kw_only=True)
class Quiet(Settings):
    """Whether anything but the result is told."""

    quiet: Annotated[bool, Doc("Show the result alone: no notes, no progress.")] = False


@dataclass(frozen=True, kw_only=True)
class ResultFormat(Settings):
    """How a result is written."""

    format: Annotated[TableOrJson, Doc("How the result is written; json is for programs.")] = "table"


@dataclass(frozen=True, kw_only=True)
class NameOutput(Quiet):
    """How names are written."""

    format: Annotated[
        NameFormat | None, Doc("How names are written; left out: for people on a terminal, lines in a pipe."), SHOWN
    ] = None
    scores: Annotated[bool, Doc("Show the loss (nats per character) and ln p of each name."), SHOWN] = False


@dataclass(frozen=True, kw_only=True)
class SampleOutput(NameOutput):
    """How names are written, or shown on a screen of their own."""

    interactive: Annotated[bool, Doc("Draw, change and keep names with single keys.")] = False


@dataclass(frozen=True, kw_only=True)
class OutputFile(Quiet):
    """A file to write."""

    out: Annotated[Path, Doc("The file to write.")]
    force: Annotated[bool, Doc("Overwrite an existing file.")] = False
