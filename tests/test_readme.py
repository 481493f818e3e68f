"""Every command that the README shows is run, and prints what the README says.

`UPDATE_README=1 pytest tests/test_readme.py` (or `make readme`) writes what the commands print now into the README.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from namegen.cli.app import app

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def outputs_of(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what stands under it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def run_commands(block: str, folder: Path, environment: dict[str, str]) -> str:
    """A block with the true output under each of its commands."""
    written = []
    for command, _ in outputs_of(block):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=120,
            check=False,
        )
        written.append(f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines()))
    return "".join(written)


def agree(command: str, shown: str, true: str) -> bool:
    """Whether an output is as shown: to the letter, or what hangs on the rounding of a trained network, nearly.

    Another processor multiplies in another order or precision; then names that a network draws are others, and its
    losses differ in the third digit.
    """
    if "irish-blend" not in command and "--preset" not in command:
        return shown == true
    if " sample " in command:
        return len(shown.splitlines()) == len(true.splitlines())
    numbers = [[float(number) for number in re.findall(r"\d+\.\d+", text)] for text in (shown, true)]
    return re.findall("[a-z]+", shown) == re.findall("[a-z]+", true) and numbers[0] == pytest.approx(
        numbers[1], rel=0.3
    )


def test_the_commands_of_the_readme_print_what_it_shows(tmp_path, clean_environment):
    shutil.copy(Path(__file__).parent / "mine.txt", tmp_path)
    environment = clean_environment | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    text = README.read_text(encoding="utf-8")
    true = BLOCK.sub(lambda found: f"```console\n{run_commands(found[1], tmp_path, environment)}```", text)
    if os.environ.get("UPDATE_README"):
        README.write_text(true, encoding="utf-8")
    told = [pair for block in BLOCK.findall(README.read_text(encoding="utf-8")) for pair in outputs_of(block)]
    found = [pair for block in BLOCK.findall(true) for pair in outputs_of(block)]
    assert len(told) > 10
    for (command, shown), (_, output) in zip(told, found, strict=True):
        assert agree(command, shown, output), f"{command}\n{output}"


def test_the_commands_of_the_lesson_are_understood():
    lesson = README.read_text(encoding="utf-8").partition("A lesson in twenty minutes")[2].partition("```text\n")[2]
    commands = [line.partition("  ")[0] for line in lesson.partition("```")[0].splitlines()]
    assert len(commands) == 8
    for command in commands:
        _, name, *words = shlex.split(command)
        get_command(app).commands[name].make_context(name, words)


def test_the_links_within_the_readme_lead_somewhere():
    text = README.read_text(encoding="utf-8")
    titles = {title.lower().replace(" ", "-") for title in re.findall("^#+ (.*)$", text, re.MULTILINE)}
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert {target[1:] for target in targets if target.startswith("#")} <= titles
    files = [target for target in targets if not target.startswith(("#", "https://"))]
    assert files
    assert [file for file in files if not (README.parent / file).exists()] == []
