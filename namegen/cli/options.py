"""A command's options, built from its parameters: one with a `Doc`, or each field with a `Doc` of a settings class.

Options that several commands have, such as `--quiet`, are at the end.
"""

import inspect
from collections.abc import Callable, Collection
from copy import copy
from dataclasses import MISSING, dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

import typer
from annotated_doc import Doc
from annotated_types import Ge, Le
from rich.markup import escape

from namegen.cli import completion
from namegen.errors import UsageError
from namegen.settings import ADVANCED, GROUPS, SHOWN, Group, Pieces, Settings, checked, metadata, options_of

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
FEW = 100_000  # a bound above this is not shown, since nobody reaches it

Given = NewType("Given", frozenset[str])  # the names of the options that were given


@dataclass(frozen=True)
class Option:
    """A parameter or a field as an option: how its value is read, and what help says of it."""

    name: str
    annotation: Any
    default: Any

    @property
    def flags(self) -> tuple[str, ...]:
        """How it is spelled."""
        word = self.name.replace("_", "-")
        return (f"--no-{word}",) if self.default is True else SPELLED.get(self.name, (f"--{word}",))

    @property
    def kind(self) -> Any:
        """The type of its values, apart from None."""
        found = get_args(self.annotation)[0]
        kinds = {*get_args(found)} - {NoneType} if get_origin(found) in (Union, UnionType) else {found}
        return kinds.pop() if len(kinds) == 1 else Pieces

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are allowed, where only some are."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """Its place in help: by group, and within a group the common ones first."""
        return [None, *GROUPS].index(metadata(self.annotation, Group)), self.name == "quiet", self.name not in SPELLED

    def read(self, given: Any) -> Any:
        """The value that was typed; a text that cannot be parsed is kept, and refused when settings are checked."""
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
        metavar = {bool: "", int: "N", float: "X", Path: "FILE"}.get(self.kind, "WORD" if self.words else "TEXT")
        typed: Any = {bool: bool, Pieces: list[str] | None}.get(self.kind, str | None)
        complete = completion.words(self.words) if self.words else completion.VALUES.get(self.name)
        group = metadata(self.annotation, Group)
        option = typer.Option(
            *self.flags,
            help=self._help(shown_default),
            metavar=completion.METAVARS.get(complete, metavar) if complete else metavar,
            autocompletion=complete,
            show_default=False,
            rich_help_panel=group.title if group else None,
        )
        default = inspect.Parameter.empty if self.default is MISSING else False if self.kind is bool else None
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[typed, option]
        )

    def _help(self, shown_default: str | None) -> str:
        """What it does, which values it takes, and its default."""
        says = metadata(self.annotation, Doc).documentation
        if self.default is True:
            says = f"Do not {says[0].lower()}{says[1:]}"
        limits = " or ".join(filter(None, [", ".join(self.words[:-1]), *self.words[-1:]])) or self._bounds()
        default = shown_default or ""
        if not default and self.default not in (MISSING, None, (), "") and self.kind is not bool:
            default = f"{self.default:,}" if isinstance(self.default, int) else str(self.default)
        facts = "; ".join(filter(None, [limits, default and f"default: {default}"]))
        return escape(says) + (f" [dim]{escape(f'[{facts}]')}[/dim]" if facts else "")

    def _bounds(self) -> str:
        least, most = metadata(self.annotation, Ge), metadata(self.annotation, Le)
        if not most or most.le >= FEW:
            return ""
        low, high = least.ge, most.le
        return f"{low:g} to {high:g}" if low == 0 or low >= 0.001 else f"more than 0, up to {high:g}"


def command(**shown_defaults: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a command: Typer sees its options, the function gets their checked values, and settings made of them.

    A field that is called as an argument of the command is not an option; the argument is its value. A parameter of
    type `Given` gets the names of the options that were given. `shown_defaults` are what help says of options whose
    default the command replaces.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function)
        parameters = signature.parameters.values()
        fields = {p.name: found for p in parameters if (found := _options_of(p))}
        arguments = [_capital(p) for p in parameters if p.name not in fields and p.annotation is not Given]
        names = {argument.name for argument in arguments}
        options = {n: option for found in fields.values() for n, option in found.items() if n not in names}
        given_name = next((p.name for p in parameters if p.annotation is Given), None)

        def call(context: Any, **values: Any) -> None:
            if context.args:
                raise UsageError(_unexpected(context.args[0], options))
            given = {n: o.read(values[n]) for n, o in options.items() if values[n] not in (None, False)}
            passed = {p.name: values[p.name] for p in arguments}
            for name, found in fields.items():
                kind = signature.parameters[name].annotation
                if _is_settings(kind):
                    passed[name] = kind.of(**{n: v for n, v in (given | passed).items() if n in found})
                elif name in given:
                    passed[name] = checked(name, given[name], kind)
            if given_name:
                passed[given_name] = Given(frozenset(given))
            function(**passed)

        shown = [o.parameter(shown_defaults.get(o.name)) for o in sorted(options.values(), key=lambda o: o.rank)]
        context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        # Each paragraph on one line, for help to fold; below them the help of each argument.
        paragraphs = [" ".join(paragraph.split()) for paragraph in (inspect.getdoc(function) or "").split("\n\n")]
        for argument in arguments:
            info, usual = get_args(argument.annotation)[1], f" Default: {argument.default}."
            paragraphs.append(f"{info.metavar}: {info.help}{usual if isinstance(argument.default, str) else ''}")
        call.__doc__ = "\n\n".join(paragraphs)
        call.__name__ = function.__name__
        call.__annotations__ = {}  # Typer reads the signature
        vars(call)["__signature__"] = inspect.Signature([context, *arguments, *shown])
        return call

    return decorate


def options_in(settings_type: type[Settings]) -> dict[str, Option]:
    """The options of a settings class."""
    return {name: Option(name, field.type, field.default) for name, field in options_of(settings_type).items()}


def _options_of(parameter: inspect.Parameter) -> dict[str, Option]:
    """The options of a parameter whose type is a settings class; itself, where its type has a `Doc`."""
    if _is_settings(parameter.annotation):
        return options_in(parameter.annotation)
    default = MISSING if parameter.default is parameter.empty else parameter.default
    has_help = any(isinstance(mark, Doc) for mark in get_args(parameter.annotation))
    return {parameter.name: Option(parameter.name, parameter.annotation, default)} if has_help else {}


def _is_settings(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Settings)


def _capital(parameter: inspect.Parameter) -> inspect.Parameter:
    """An argument that help calls by its name in capitals."""
    kind, info = get_args(parameter.annotation)
    info = copy(info)
    info.metavar = info.metavar or parameter.name.upper()
    return parameter.replace(annotation=Annotated[kind, info], kind=inspect.Parameter.KEYWORD_ONLY)


def _unexpected(first: str, options: Collection[str]) -> str:
    """The error for an argument too many."""
    if first.isdecimal() and "n" in options:
        return f"Unexpected argument {first}. For {first} names: -n {first}"
    return f"Unexpected argument {first}. Leave it out; `namegen blend` makes one model of several."


def argument(help: str, complete: Callable[[str], list[str]] | None = None, metavar: str | None = None) -> Any:
    """An argument, for the annotation of a parameter; its help is shown below that of the command."""
    return typer.Argument(help=help, hidden=True, autocompletion=complete, metavar=metavar, show_default=False)


Model = Annotated[
    str,
    argument(
        "a model file or a list (a bundled one, a file, a column of a table as list.csv:column, a folder, - or "
        "-:column for standard input). A model is fitted to a list at once.",
        completion.models_and_lists,
    ),
]
Models = Annotated[
    list[str],
    argument("model files or lists. A model is fitted to each list at once.", completion.models_and_lists),
]
Sources = Annotated[
    list[str] | None,
    argument(
        "bundled lists (`namegen data` shows them), files, columns of tables as list.csv:column, folders of .txt "
        "files, or - or -:column for standard input. Several are joined into one list. Default: names.",
        completion.lists,
    ),
]
Device = Annotated[Literal["auto", "cpu", "cuda", "mps"], Doc("Where networks are trained."), ADVANCED]
Quiet = Annotated[bool, Doc("Show only the result: no notes, no progress.")]
Out = Annotated[Path, Doc("The file to write.")]
Force = Annotated[bool, Doc("Overwrite an existing file.")]
ResultFormat = Annotated[Literal["table", "json"], Doc("Output format; json is for programs.")]
NameFormat = Annotated[
    Literal["lines", "table", "json", "jsonl", "csv"] | None,
    Doc("Output format; default: columns or a table on a terminal, lines in a pipe."),
    SHOWN,
]
Scores = Annotated[bool, Doc("Show the loss (nats per character) and ln p of each name."), SHOWN]
