"""How help is worded: values in a person's words, not Python's types, and examples at the end."""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup

WORDS = {
    "<bool>": "",
    "<int>": "N",
    "<int range>": "N",
    "<float>": "X",
    "<float range>": "X",
    "<str>": "TEXT",
    "<list[str]>": "TEXT",
    "<path>": "FILE",
    "<list[Path]>": "FILE",
}


class _InWords:
    """Help that calls a number N or X, a path FILE, a text TEXT, and a flag nothing."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for parameter in self.get_params(ctx):  # type: ignore[attr-defined]
            kind = parameter.display_type(ctx)
            word = WORDS.get(kind)
            if "|" in kind and parameter.metavar is None and not isinstance(parameter, TyperArgument):
                word = "WORD"
                parameter.help = f"{parameter.help} One of {', '.join(kind.strip('<>').split('|'))}."
            if isinstance(parameter, TyperArgument):  # its name and its help say what it is
                vars(parameter)["display_type_rich"] = lambda ctx: None  # noqa: ARG005
                parameter.metavar = parameter.metavar or str(parameter.name).upper()
            elif word is not None and parameter.metavar is None:
                parameter.metavar = word
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_InWords, TyperCommand):
    """A command."""


class Group(_InWords, TyperGroup):
    """The program, with its commands."""
