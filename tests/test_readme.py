"""Every command that the documents show is run, and prints what they show.

`UPDATE_README=1 pytest tests/test_readme.py` (or `make readme`) writes what the commands print now into the documents.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from torture.forks import started
from typer.main import get_command
from waiting import ended

from namegen.api import open_model
from namegen.cli.app import app

ROOT = Path(__file__).parent.parent
DOCUMENTS = ["README.md", "namegen/README.md", "namegen/export/README.md", "tests/README.md", "data/README.md"]
WITH_COMMANDS = DOCUMENTS[:2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FAMILY = re.compile(r'^```python\n"""A trigram model.*?^```$', re.MULTILINE | re.DOTALL)
MAX_LINES = 200  # of README.md, so that a stranger reads it to the end
OF_OTHERS = {"--nproc-per-node", "--nnodes", "--node-rank", "--rdzv-endpoint"}  # options of torchrun


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def outputs_of(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what is shown below it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def output_of(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a shell prints of a command. What is namegen in it runs in a fork of this process, two seconds faster."""
    own, _, rest = command.partition(" | ")
    words = shlex.split(own.removesuffix(" >/dev/null"))
    assert words[0] == "namegen", command
    with subprocess.Popen(["sh", "-c", rest or "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        pipe = shell.stdin.fileno()

        def into_the_pipe() -> None:
            os.environ.clear()
            os.environ.update(environment)
            os.dup2(os.open(os.devnull, os.O_WRONLY) if own.endswith(" >/dev/null") else pipe, 1)
            os.close(pipe)

        child = started(words[1:], folder, into_the_pipe)
        shown, _ = shell.communicate()
    assert ended(child) == 0, f"{command}\n{(folder / 'said').read_text()}"
    return shown.decode()


def run_commands(block: str, folder: Path, environment: dict[str, str]) -> str:
    """A block with the true output below each of its commands."""
    written = []
    for command, _ in outputs_of(block):
        shown = output_of(command, folder, environment)
        written.append(f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in shown.splitlines()))
    return "".join(written)


def agree(command: str, shown: str, true: str) -> bool:
    """Whether an output is as shown: exactly, or nearly where it depends on the rounding of a trained network.

    Another processor multiplies in another order or precision; then a network generates other names, and its losses
    differ in the third digit.
    """
    if "irish-blend" not in command and "--preset" not in command:
        return shown == true
    if " sample " in command:
        return len(shown.splitlines()) == len(true.splitlines())
    numbers = [[float(number) for number in re.findall(r"\d+\.\d+", text)] for text in (shown, true)]
    return re.findall("[a-z]+", shown) == re.findall("[a-z]+", true) and numbers[0] == pytest.approx(
        numbers[1], rel=0.3
    )


@pytest.mark.parametrize("document", WITH_COMMANDS)
def test_the_commands_of_a_document_print_what_it_shows(tmp_path, clean_environment, document):
    for name in ("README.md", "data", "namegen", "tests"):  # what is at the root of a clone, and nothing else
        (tmp_path / name).symlink_to(ROOT / name)
    family = (ROOT / "tests/families/trigram.py").read_text(encoding="utf-8")
    text = FAMILY.sub(lambda _: f"```python\n{family}```", text_of(document))
    for source in ("irish", "dinosaurs", "surnames", "towns"):
        open_model(source)  # what adapts to these lists here need not do it in the fork of each command
    true = BLOCK.sub(lambda b: f"```console\n{run_commands(b[1], tmp_path, clean_environment)}```", text)
    if os.environ.get("UPDATE_README"):
        (ROOT / document).write_text(true, encoding="utf-8")
    shown = [pair for block in BLOCK.findall(text_of(document)) for pair in outputs_of(block)]
    found = [pair for block in BLOCK.findall(true) for pair in outputs_of(block)]
    assert len(shown) > 8
    for (command, expected), (_, output) in zip(shown, found, strict=True):
        assert agree(command, expected, output), f"{command}\n{output}"


def test_commands_stand_only_where_they_are_run():
    assert [document for document in DOCUMENTS if BLOCK.search(text_of(document))] == WITH_COMMANDS


def test_the_commands_of_the_lesson_are_understood():
    lesson = text_of("namegen/README.md").partition("Twenty minutes for a class")[2].partition("```text\n")[2]
    commands = [line.partition("  ")[0] for line in lesson.partition("```")[0].splitlines()]
    assert len(commands) == 8
    for command in commands:
        _, name, *words = shlex.split(command)
        get_command(app).commands[name].make_context(name, words)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_option_that_a_document_names_exists(document):
    commands = [get_command(app), *get_command(app).commands.values()]
    known = {option for command in commands for parameter in command.params for option in parameter.opts}
    named = {
        word for code in re.findall("`([^`]+)`", text_of(document)) for word in re.findall(r"--[a-z][a-z-]+", code)
    }
    assert named - known <= OF_OTHERS | {"--help"}


def test_every_module_that_the_map_of_the_code_names_exists():
    document = text_of("namegen/README.md")
    paths = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?|[a-z_]+\.py)`", document)
    assert len(paths) > 10
    missing = [path for path in paths if not (ROOT / "namegen" / path).exists() and not (ROOT / path).exists()]
    assert missing == ["namegen/models/trigram.py"]  # which the reader writes
    rows = re.findall(r"^\| `(\w+)/` \| (.*) \|$", document, re.MULTILINE)
    modules = [(package, name) for package, row in rows for name in re.findall(r"`([a-z_]+)`", row)]
    assert len(modules) > 20
    assert [(p, m) for p, m in modules if not (ROOT / "namegen" / p / f"{m}.py").exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_links_of_a_document_lead_somewhere(document):
    text, folder = text_of(document), (ROOT / document).parent
    titles = {title.lower().replace(" ", "-").replace(",", "") for title in re.findall("^#+ (.*)$", text, re.MULTILINE)}
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert {target[1:] for target in targets if target.startswith("#")} <= titles
    files = [target for target in targets if not target.startswith(("#", "https://"))]
    assert [file for file in files if not (folder / file).exists()] == []


def test_the_readme_is_short_enough_to_be_read_to_the_end():
    assert len(text_of("README.md").splitlines()) <= MAX_LINES
