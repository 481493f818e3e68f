"""The Typer application, and `main`, which turns every error into one line and an exit code."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from namegen.cli.blend import blend
from namegen.cli.compare import compare
from namegen.cli.compose import compose
from namegen.cli.data import data
from namegen.cli.error_messages import report
from namegen.cli.evaluate import evaluate
from namegen.cli.export import export
from namegen.cli.info import info
from namegen.cli.page import page
from namegen.cli.plot import plot
from namegen.cli.pseudonym import pseudonym
from namegen.cli.sample import sample
from namegen.cli.score import score
from namegen.cli.top import top
from namegen.cli.train import train
from namegen.corpus.sources import STANDARD_INPUT
from namegen.errors import INTERRUPTED
from namegen.version import __version__

# The commands, and what the help of each ends with.
EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    sample: (
        "namegen sample irish",
        "namegen sample irish-blend.safetensors -n 5 --starts-with mu --max-length 8",
        "namegen sample towns -n 0 -q | grep -m 3 'ham$'",
    ),
    compose: (
        "namegen compose '{irish} {surnames} of {towns}' -n 10",
        "namegen compose 'The {dinosaurs:ends-with=us,max-length=9}' --format csv",
    ),
    pseudonym: (
        "namegen pseudonym irish --secret-file secret.txt < keys.txt",
        "namegen pseudonym names people.csv --column name --secret-file secret.txt > others.csv",
    ),
    train: (
        "namegen train irish",
        "namegen train towns surnames --preset best -o places.safetensors",
        "cat mine.txt | namegen train -",
    ),
    top: ("namegen top towns -n 5", "namegen top irish --ends-with a --scores"),
    score: (
        "namegen score irish-blend.safetensors lorcan aoife",
        "namegen score irish-blend.safetensors --format jsonl < mine.txt",
    ),
    evaluate: (
        "namegen evaluate irish-blend.safetensors irish-ngram.safetensors",
        "namegen evaluate irish --by length",
    ),
    compare: ("namegen compare irish", "namegen compare mine.txt --models ngram,blend --presets fast,default"),
    plot: ("namegen plot probabilities irish-bigram.safetensors", "namegen plot counts irish -o counts.svg"),
    blend: ("namegen blend irish dinosaurs -o both.safetensors", "namegen blend irish greek --weights 3,1 -o greek.st"),
    export: ("namegen export irish-blend.safetensors -o irish.html", "namegen export irish norse -o names.js"),
    page: ("namegen page", "namegen page -o names.html"),
    info: ("namegen info irish-blend.safetensors", "namegen info irish-blend.safetensors --format json"),
    data: ("namegen data", "namegen data irish", "namegen data mine.txt"),
}

# Words that people may try, and the command that does it.
MEANT = {
    "sample": "generate gen new make create draw name names random",
    "compose": "template full phrase sentence",
    "pseudonym": "pseudonyms anonymise anonymize mask hash key keys",
    "train": "learn fit build",
    "data": "list lists ls datasets corpora",
    "top": "best likely probable",
    "score": "rate surprisal probability",
    "evaluate": "eval test loss validate",
    "compare": "benchmark select",
    "plot": "show picture chart graph",
    "blend": "mix merge combine join",
    "export": "save html module javascript onnx json",
    "page": "web website browser site",
    "info": "describe inspect about summary",
}


class _FlagsWithoutValues:
    """Help without the value `<bool>`, which Typer shows for flags."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters of a command."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            parameter.metavar = "" if getattr(parameter, "is_flag", False) else parameter.metavar
        return parameters


class Command(_FlagsWithoutValues, TyperCommand):
    """A command. `-:column`, of a table on standard input, is an argument, not an option."""

    def make_parser(self, ctx: Any) -> Any:
        """The parser of its options and arguments."""
        parser = super().make_parser(ctx)
        process = parser._process_opts  # Typer has no other way to say what is not an option

        def process_unless_column(word: str, state: Any) -> None:
            if word.startswith(f"{STANDARD_INPUT}:"):
                state.largs.append(word)
            else:
                process(word, state)

        vars(parser)["_process_opts"] = process_unless_column
        return parser


class Commands(_FlagsWithoutValues, TyperGroup):
    """The program, with its commands."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command; for a word in `MEANT` the error names the command that was meant."""
        meant = next((name for name, words in MEANT.items() if args[0] in words.split()), None)
        if meant and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {meant!r}?")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="namegen",
    cls=Commands,
    help="Learn how names are spelled from a list, and generate new ones.",
    epilog="Start with:\nnamegen sample irish\nnamegen data\nnamegen train irish",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command, examples in EXAMPLES.items():
    app.command(
        cls=Command,
        epilog="\n".join(["Examples:", *examples]),
        context_settings={"allow_extra_args": True},  # `cli.options` reports them better
    )(command)


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
        bool, typer.Option("--debug", help="Show the traceback of an error. Works after any command too.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and leave with 0 (success), 1 (failure), 2 (wrong usage) or 130 (interrupted)."""
    # Torch's threads wait for each other by spinning, which makes training many times slower on a busy processor.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if isinstance(sys.stdout, TextIOWrapper):  # lists are UTF-8 on every machine, and the output may be a list
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    given = sys.argv[1:]
    own = given[: given.index("--")] if "--" in given else given  # names follow, which may look like options
    arguments = [argument for argument in own if argument != "--debug"] + given[len(own) :]
    try:
        code = app(arguments or ["--help"], prog_name="namegen", standalone_mode=False) or (0 if arguments else 2)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as end:  # nobody reads the output any more
        code = end.code if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError) else 0
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:
        code = report(error, arguments, typer.main.get_command(app), debug="--debug" in own)
    _leave(code if isinstance(code, int) else 0)


def _leave(code: int) -> None:
    """End the process. Output that nobody reads must neither raise nor block while Python shuts down."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if code == INTERRUPTED:
                raise BrokenPipeError  # flushing would wait for ever for a reader that has stopped reading
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):  # the tests have no file behind their streams
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)
