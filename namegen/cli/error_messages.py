"""The message of a command that fails: one line, in the words of the command line."""

import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from namegen.cli.console import plain, stderr
from namegen.errors import NamegenError, TrainingStoppedError, reason_of

_SETTING = re.compile(r"`(\w+)(?:=([^`\s]*))?`")


def report(error: Exception, arguments: Sequence[str], program: Any, *, debug: bool) -> int:
    """Say in one line what went wrong, and return the exit code."""
    message, code = _message(error, arguments, program)
    if debug:
        for line in "".join(traceback.format_exception(error)).splitlines():
            stderr().print(Text(plain(line)))
    label = "" if isinstance(error, TrainingStoppedError) else "Error: "
    stderr().print(Text.assemble((label, "bold red"), plain(message)))
    return code


def _message(error: Exception, arguments: Sequence[str], program: Any) -> tuple[str, int]:
    """The message for an error, and the exit code."""
    if isinstance(error, NamegenError):
        own = next((argument for argument in arguments if argument in program.commands), "")
        spelled = {name: spellings(command, arguments=name == own) for name, command in program.commands.items()}
        return reworded(str(error), own, spelled), error.exit_code
    if hasattr(error, "format_message"):  # Typer's usage errors
        context = getattr(error, "ctx", None)
        message = " ".join(error.format_message().split())
        end = "" if message.endswith(("?", ".")) else "."
        return f"{message}{end} Try `{context.command_path if context else 'namegen'} --help`.", 2
    if isinstance(error, OSError):
        reason = reason_of(error)
        return f"{error.filename}: {reason}." if error.filename else f"the output cannot be written ({reason}).", 1
    if isinstance(error, MemoryError) or "allocate memory" in str(error):  # the second is how torch says it
        return "out of memory. Try a smaller batch, model or list.", 1
    said = " ".join(str(error).split())
    return f"unexpected {type(error).__name__}: {said}. Run again with --debug to see where.", 1


def spellings(command: Any, *, arguments: bool = False) -> dict[str, str]:
    """How the options, and the arguments, of a command are spelled, by the names of their settings."""
    spelled = {option.name: option.opts[0] for option in command.params if option.param_type_name == "option"}
    if arguments:
        spelled |= {a.name: a.metavar for a in command.params if a.param_type_name == "argument"}
    return spelled


def reworded(message: str, command: str, spelled: Mapping[str, Mapping[str, str]]) -> str:
    """An error of the library, which writes settings as `holdout=0`, in the words of the command line.

    An option of another command is shown with that command.

    >>> reworded("Or use `holdout=0`.", "train", {"train": {"holdout": "--holdout"}})
    'Or use --holdout 0.'
    """

    def word(found: re.Match[str]) -> str:
        name, value = found.groups()
        for known in (command, *spelled):
            option = spelled.get(known, {}).get(name, "")
            if option and (value is None or option.startswith("-")):  # an argument is written without a value
                option += "" if value in (None, "True", "False") else f" {value}"
                return option if known == command else f"`namegen {known} {option}`"
        return found.group()

    return _SETTING.sub(word, message)
