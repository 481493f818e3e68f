"""The Typer application, and `main`, which turns every error into one line and an exit code."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import Annotated

import typer
from rich.text import Text

from namegen.cli import console
from namegen.cli.blend import blend
from namegen.cli.compare import compare
from namegen.cli.data import data
from namegen.cli.evaluate import evaluate
from namegen.cli.export import export
from namegen.cli.help import Command, Group
from namegen.cli.info import info
from namegen.cli.plot import plot
from namegen.cli.sample import sample
from namegen.cli.score import score
from namegen.cli.top import top
from namegen.cli.train import train
from namegen.errors import INTERRUPTED, NamegenError, TrainingStoppedError, at_command_line
from namegen.version import __version__

# What Typer says of a wrong value, and of an argument too many (all that take one, take a model), in our words.
IN_WORDS = {
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "it should be a whole number",
    "Input should be a valid number, unable to parse string as a number": "it should be a number",
    "Input should": "it should",
    "Got unexpected extra argument(s)": "One model at a time; `namegen blend` makes one of several. Leave out",
}

# What each command's help ends with.
EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    train: (
        "namegen train irish",
        "namegen train towns surnames --preset best -o places.safetensors",
        "cat mine.txt | namegen train -",
    ),
    sample: (
        "namegen sample irish",
        "namegen sample irish-blend.safetensors -n 5 --starts-with mu --max-length 8",
        "namegen sample towns -n 0 -q | grep -m 3 'ham$'",
    ),
    top: ("namegen top towns -n 5", "namegen top irish --ends-with a --scores"),
    evaluate: (
        "namegen evaluate irish-blend.safetensors irish-ngram.safetensors",
        "namegen evaluate irish-blend.safetensors --data mine.txt --by length",
    ),
    score: (
        "namegen score irish-blend.safetensors lorcan aoife",
        "namegen score irish-blend.safetensors --format jsonl < mine.txt",
    ),
    compare: ("namegen compare irish", "namegen compare mine.txt --models ngram,blend --presets fast,default"),
    plot: (
        "namegen plot probabilities irish-bigram.safetensors",
        "namegen plot loss irish-blend.safetensors -o loss.svg",
    ),
    blend: (
        "namegen blend irish dinosaurs -o both.safetensors",
        "namegen blend a.safetensors b.safetensors --weights 3,1 -o both.safetensors",
    ),
    export: ("namegen export irish-blend.safetensors -o irish.html", "namegen export irish -o irish.json"),
    info: ("namegen info irish-blend.safetensors", "namegen info irish-blend.safetensors --format json"),
    data: ("namegen data", "namegen data irish", "namegen data mine.txt --lower"),
}

app = typer.Typer(
    name="namegen",
    cls=Group,
    help="Learns how names are spelled from a list, and makes new ones.",
    epilog="Start with:\nnamegen data\nnamegen sample irish --case title\nnamegen train irish",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command, examples in EXAMPLES.items():
    app.command(cls=Command, epilog="\n".join(["Examples:", *examples]))(command)


def _show_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"namegen {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _global_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; may stand after any command.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and leave with 0 (fine), 1 (failed), 2 (wrong usage) or 130 (interrupted)."""
    # Torch's threads wait for each other thousands of times a second. They do so by spinning, which makes a training
    # many times slower where other programs want the processor too; so they shall soon go to sleep instead.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if isinstance(sys.stdout, TextIOWrapper):  # lists are UTF-8 on every machine, and what we write may be a list
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    given = sys.argv[1:]
    own = given[: given.index("--")] if "--" in given else given  # what follows are names, whatever they look like
    debug = "--debug" in own
    arguments = [argument for argument in own if argument != "--debug"] + given[len(own) :]
    try:
        with at_command_line():
            code = app(arguments, prog_name="namegen", standalone_mode=False) or 0
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has what it wanted
        code = 0
    except SystemExit as end:  # what Typer makes of such a reader is exit code 1
        code = 0 if isinstance(end.__context__, BrokenPipeError) else end.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        code = _report(error, debug=debug)
    _leave(code if isinstance(code, int) else 0)


def _report(error: Exception, *, debug: bool) -> int:
    """Say in one line what went wrong, and return the exit code."""
    if type(error).__name__ == "Abort":  # Typer's word for Ctrl-C at a prompt
        return INTERRUPTED
    if isinstance(error, NamegenError):
        message, code = str(error), error.exit_code
    elif hasattr(error, "format_message"):  # Typer's usage errors
        message, code = _usage_message(error), 2
    elif isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        message, code = f"the output cannot be written ({reason}).", 1
        if error.filename:
            message = f"{error.filename}: {reason}."
    elif isinstance(error, MemoryError) or "allocate memory" in str(error):  # the second is how torch says it
        message, code = "out of memory. Try a smaller batch, model or list.", 1
    else:
        said = " ".join(str(error).split())
        message, code = f"unexpected {type(error).__name__}: {said}. Run again with --debug to see where.", 1
    if debug:
        for line in "".join(traceback.format_exception(error)).splitlines():
            console.stderr().print(Text(console.plain(line)))
    if message:
        label = "" if isinstance(error, TrainingStoppedError) else "Error: "
        console.stderr().print(Text.assemble((label, "bold red"), console.plain(message)))
    return code


def _usage_message(error: Exception) -> str:
    message: str = error.format_message()  # type: ignore[attr-defined]
    for typers, ours in IN_WORDS.items():
        message = message.replace(typers, ours)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        console.stderr().file.write(message)
        return ""
    path = context.command_path if context else "namegen"
    message = " ".join(message.split())
    return f"{message if message.endswith('?') else message.rstrip('.') + '.'} Try `{path} --help`."


def _leave(code: int) -> None:
    """End the process. Output that nobody reads any more must neither raise nor wait while Python shuts down."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if code == INTERRUPTED:
                raise BrokenPipeError  # a reader who has stopped reading would keep us for ever
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):  # the tests have no file behind their streams
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)
