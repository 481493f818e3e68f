"""The whole command line: whatever options are put together, it ends in a result or in one line of error.

The commands, their options and the values of these are read from the application itself, so that a new option is tried
from its first day.
"""

import io
import os
import random
import re
import sys
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, get_args

from typer.main import get_command

import namegen
from namegen.cli.app import app, main
from namegen.corpus.packed_names import control_character
from namegen.errors import TrainingStoppedError
from namegen.settings import PlotKind
from torture.model_files import LIST, StopAfter

COMMANDS: dict[str, Any] = get_command(app).commands
SECONDS_A_RUN = 300.0  # of the processor: an endless run is found on the slowest machine too
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
NETWORK = {"--epochs": "1", "--hidden-size": "8", "--embedding-size": "4", "--context-size": "3"}
ALWAYS = {
    "train": {"-o": "new.safetensors", **NETWORK},
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
    pairs = [pair for pair in missing.items() if trains or pair[0] not in NETWORK or rng.random() < 0.02]
    return [word for pair in pairs for word in pair]


def prepare(folder: Path) -> None:
    """Models, lists and a checkpoint to be named."""
    os.chdir(folder)
    Path("list.txt").write_text("\n".join(LIST), "utf-8")
    Path("bad.txt").write_bytes(b"emma\n\x1b[2Jada\n\xff\nava\n")
    Path("empty.txt").touch()
    Path("folder").mkdir()
    Path("broken.safetensors").write_bytes(b"\x08" + bytes(30))
    network: dict[str, Any] = {"hidden_size": 8, "embedding_size": 4, "context_size": 3, "epochs": 2}
    for family in ("bigram", "ngram", "mlp", "blend"):
        settings = {"bigram": {}, "ngram": {"order": 3}}.get(family, network)
        namegen.train("list.txt", model=family, **settings).save(f"{family}.safetensors")
    with suppress(TrainingStoppedError):
        namegen.train("list.txt", model="mlp", checkpoint="stopped.checkpoint", listener=StopAfter(3), **network)


def run_here(arguments: list[str], given: bytes) -> tuple[Any, str, str]:
    """Exit code, standard output and standard error of the command line, in this process."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    Path("given").write_bytes(given)
    before = sys.argv, sys.stdin
    code: Any = "none"
    try:
        with open("given", encoding="utf-8") as stdin, redirect_stdout(out), redirect_stderr(errors):
            sys.argv, sys.stdin = ["namegen", *arguments], stdin
            main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv, sys.stdin = before
    written, said = (stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, errors))
    return code, written, said


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
    here = Path.cwd()
    results: Counter[Any] = Counter()
    failures = []
    slowest = (0.0, "")
    try:
        prepare(folder)
        kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        for place in range(number):
            rng = random.Random(f"{seed} {place}")
            arguments = random_arguments(rng)
            started = time.process_time()
            try:
                code, out, said = run_here(arguments, rng.choice([b"", b"emma\nava\nzoe\n", b"\xff\x1b"]))
                results[code] += 1
                wrong = complaint(code, out, said)
            except Exception as error:
                wrong, said = f"{type(error).__name__}: {error}", ""
            seconds = time.process_time() - started
            slowest = max(slowest, (seconds, " ".join(arguments)))
            if wrong or seconds > SECONDS_A_RUN:
                failures.append(f"{place}: {arguments}: {wrong or f'{seconds:.1f} s'}: {said[-200:]!r}")
            for path in folder.iterdir():
                if path.is_file() and path.name not in kept:
                    path.unlink()
            for name, data in kept.items():
                (folder / name).write_bytes(data)
    finally:
        os.chdir(here)
    ends = ", ".join(f"{count:,} ended with {code}" for code, count in sorted(results.items()))
    return f"{number:,} commands: {ends}; slowest {slowest[0]:.1f} s ({slowest[1]!r})", failures
