"""Options come from settings classes alone, and errors of the library name settings as the command line spells them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from annotated_doc import Doc
from annotated_types import Ge, Le
from typer.testing import CliRunner

from namegen.cli.error_messages import reworded, spellings
from namegen.cli.options import Given, argument, command
from namegen.settings import ADVANCED, Settings


@dataclass(frozen=True, kw_only=True)
class MadeUp(Settings):
    """One option of each kind."""

    wobble: Annotated[float, Ge(0), Le(2), Doc("How much names wobble.")] = 0.5
    rounds: Annotated[int | None, Ge(1), Le(9), Doc("How often.")] = None
    mood: Annotated[Literal["calm", "wild"], Doc("Which mood."), ADVANCED] = "calm"
    pieces: Annotated[str | tuple[str, ...], Doc("A piece.")] = ()
    counts: Annotated[tuple[int, ...], Doc("Numbers, such as '0 1'.")] = ()
    letters: Annotated[bool, Doc("Show letters.")] = True
    loud: Annotated[bool, Doc("Be loud.")] = False
    path: Annotated[Path | None, Doc("A file.")] = None
    hidden: int = 3


def program(heard):
    """A program with one command, which notes what it is called with."""

    @command()
    def try_out(name: Annotated[str, argument("a name.")], *, settings: MadeUp, given: Given) -> None:
        """Try options out."""
        heard.append((name, settings, given))

    app = typer.Typer()
    app.command(context_settings={"allow_extra_args": True})(try_out)
    return app


def call(*arguments):
    heard = []
    done = CliRunner().invoke(program(heard), arguments)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return heard[0] if heard else done.output


def test_a_field_is_an_option_with_its_help_bounds_choices_and_default():
    text = " ".join(call("--help").replace("│", " ").split())
    assert "--wobble X How much names wobble. [0 to 2; default: 0.5]" in text
    assert "--rounds N How often. [1 to 9]" in text
    assert "--mood WORD Which mood. [calm or wild; default: calm]" in text
    assert text.index("Advanced") < text.index("--mood")
    assert "--no-letters Turn off: show letters." in text
    assert "--loud Be loud." in text
    assert "--path FILE A file." in text
    assert "NAME: a name." in text
    assert "hidden" not in text


def test_only_options_that_are_given_are_set():
    assert call("anna") == ("anna", MadeUp(), frozenset())
    line = "anna --wobble 2 --rounds 3 --pieces a --pieces b --no-letters --loud --mood wild --path x.txt"
    expected = {"wobble": 2.0, "rounds": 3, "pieces": ("a", "b"), "counts": (0, 0, 1), "letters": False}
    expected |= {"loud": True, "mood": "wild", "path": Path("x.txt")}
    assert call(*line.split(), "--counts", "0 0 1") == ("anna", MadeUp(**expected), frozenset(expected))


def test_errors_name_options_as_they_are_spelled():
    own = spellings(typer.main.get_command(program([])), arguments=True)
    spelled = {"try-out": own, "other": {"force": "--force"}}
    for message, expected in {
        "Raise `wobble`.": "Raise --wobble.",
        "`wobble=0` and `loud=True`": "--wobble 0 and --loud",
        "`letters=False`": "--no-letters",
        "`name` is short": "NAME is short",
        "Set `name=x`.": "Set `name=x`.",
        "`letters` and `nothing` and `namegen data`": "--no-letters and `nothing` and `namegen data`",
        "Use `force=True`.": "Use `namegen other --force`.",
    }.items():
        assert reworded(message, "try-out", spelled) == expected
