"""The whole command line: whatever options are put together, it ends in a result or in one line of error.

The commands, their options and the values of these are read from the application itself, so that a new option is tried
from its first day.
"""

import io
import random
import re
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, get_args

from typer.main import get_command

from namegen.cli.app import app, main
from namegen.corpus.packed_names import control_character
from namegen.settings import PlotKind
from torture.campaign import Results, prepare

COMMANDS: dict[str, Any] = get_command(app).commands
TEXTS = ["", "a", "an", "zoë", "[red]", "\x1b[2J", "\x9b31m", "\n", "a,b", "1,2", ".*a", "(", "x" * 300, "-", "--"]
INTEGERS = [1, 1, 2, 2, 3, 5, 0, -1, 8, 64, 1 << 31, 1 << 63, 10**20, "x", "1.5", ""]
FLOATS = [0, 0.1, 0.2, 0.5, 1, 2, -1, "nan", "inf", "1e308", "x", ""]
MODELS = ["bigram.safetensors", "ngram.safetensors", "mlp.safetensors", "blend.safetensors"]
LISTS = ["list.txt", "list.txt", "irish", "bad.txt", "empty.txt", "nowhere", "folder", "."]
FILES = [*MODELS, *MODELS, "broken.safetensors", "list.txt", "nowhere.safetensors", ".", ""]
# What would run for long, or for ever, or write elsewhere, gets only these values.
LIMITED: dict[str, list[Any]] = {
    "n": [1, 2, 20, -1, "x"],
    "epochs": [1, 2, 0],
    "max_seconds": [0.1, 0, -1],
    "networks": [0, 1, 2, 17],
    "hidden_size": [1, 8, 64, 0],
    "hidden_layers": [0, 1, 2, 5],
    "draws": [0, 1, 50, -1],
    "threads": [1, 0],
    "max_tries": [1, 1000],
    "out": ["new.safetensors", "new.svg", "list.txt", "folder", "no/such/file", "mlp.safetensors"],
    "log": ["log.jsonl", "folder", "no/such/log"],
    "resume": ["stopped.checkpoint", "list.txt", "nowhere"],
    "sources": LISTS,
    "data": LISTS,
    "validation": LISTS,
    "names": ["emma", "zoë", "x", "\x1b[2J", "", "[red]a"],
    "kind": [*get_args(PlotKind), "nonsense"],
    "preset": ["adapted", "fast", "lecture", "nonsense"],
}
SMALL = {"--epochs": "1", "--hidden-size": "8", "--embedding-size": "4", "--context-size": "3"}
ALWAYS = {
    "train": {"-o": "new.safetensors", **SMALL},
    "compare": {"--models": "bigram,ngram"},
    "sample": {"--max-tries": "2000"},  # the default, in batches of two, takes minutes
}


def values_of(command: str, parameter: Any) -> list[Any]:
    """What is tried for an option or argument."""
    if parameter.name in ("model", "models") and parameter.param_type_name == "argument":
        return FILES if command != "sample" else FILES + LISTS
    if parameter.name in LIMITED:
        return LIMITED[parameter.name]
    shown = getattr(parameter, "help", None) or ""
    if parameter.metavar == "WORD":  # help ends with the words it takes: [table or json; default: table]
        return [*re.findall(r"[a-z0-9-]{2,}", shown.rpartition("[dim]")[2].partition(";")[0]), "nonsense"]
    words = re.findall(r"[a-z][a-z-]+", shown)
    return {"N": INTEGERS, "X": FLOATS, "LIST": LISTS, "FILE": FILES}.get(parameter.metavar, TEXTS + words)


def random_arguments(rng: random.Random) -> list[str]:
    """A command with some of its options."""
    name = rng.choice(sorted(COMMANDS))
    parameters = [p for p in COMMANDS[name].params if p.name != "help"]
    options = [p for p in parameters if p.param_type_name == "option"]
    given: list[str] = []
    for option in rng.sample(options, min(len(options), rng.choice([0, 1, 1, 2, 3, 4, 6]))):
        for _ in range(rng.choice([1, 1, 2]) if option.multiple else 1):
            given.append(rng.choice([*option.opts, *option.secondary_opts]))
            if not option.is_flag:
                given.append(str(rng.choice(values_of(name, option))))
    if any(option.required for option in options) and not {"-o", "--out"} & {*given}:
        given.append(f"--out={rng.choice(['new.html', 'new.json', 'new.safetensors'])}")
    given += _missing(ALWAYS.get(name, {}), given, rng)
    for argument in (p for p in parameters if p.param_type_name == "argument"):
        count = 1 if argument.nargs == 1 else rng.choice([0, 1, 1, 2, 3])
        given += [str(rng.choice(values_of(name, argument))) for _ in range(count)]
    return [name, *given]


def _missing(always: dict[str, str], given: list[str], rng: random.Random) -> list[str]:
    """What a command is given unless it is given already; seldom what is for networks that this one does not train."""
    trains = not {"bigram", "ngram", "adapted"} & {*given} and rng.random() < 0.8
    missing = {name: value for name, value in always.items() if name not in given}
    pairs = [pair for pair in missing.items() if trains or pair[0] not in SMALL or rng.random() < 0.02]
    return [word for pair in pairs for word in pair]


def run_here(arguments: list[str], given: bytes = b"") -> str:
    """Run the command line in this process. Returns how it ended; fails where what was written is not well."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    before = sys.argv, sys.stdin
    code: Any = "none"
    try:
        with tempfile.TemporaryFile() as file, redirect_stdout(out), redirect_stderr(errors):
            file.write(given)
            file.seek(0)
            sys.argv, sys.stdin = ["namegen", *arguments], io.TextIOWrapper(file, encoding="utf-8")
            main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv, sys.stdin = before
    written, said = (stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, errors))
    wrong = complaint(code, written, said)
    assert not wrong, f"{wrong}: {said[-200:]!r}"
    return f"ended with {code}"


def complaint(code: Any, out: str, said: str) -> str:
    """What is wrong with an outcome, if anything."""
    control = control_character((out + said).replace("\n", "").replace("\t", ""))
    checks = {
        f"exit code {code}": code in (0, 1, 2, 130),
        "a traceback": "Traceback" not in said,
        "an unexpected error": "unexpected" not in said,
        f"U+{ord(control or ' '):04X} reaches the terminal": control is None,
        "no line of error at the end": code == 0 or "Error: " in said.rstrip().rpartition("\n")[2],
        "more than one line of error": said.count("Error: ") <= 1,
    }
    return ", ".join(what for what, is_well in checks.items() if not is_well)


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Run so many commands. Returns what happened in one line, and the failures."""
    results = Results()
    prepare(folder)
    kept = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with chdir(folder):
        for place in range(number):
            rng = random.Random(f"{seed} {place}")
            arguments = random_arguments(rng)
            given = rng.choice([b"", b"emma\nava\nzoe\n", b"\xff\x1b"])
            results.take(f"{place}: {arguments}", partial(run_here, arguments, given))
            for path in folder.iterdir():
                if path.is_file() and path not in kept:
                    path.unlink()
            for path, data in kept.items():
                path.write_bytes(data)
    return results.told(number, "commands")
