"""A family that the program does not have: one file in `models/`, one import, and every command knows it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE

PACKAGE = Path(__file__).parent.parent / "namegen"
WORKED_EXAMPLE = Path(__file__).parent / "families" / "trigram.py"
COMMANDS = {
    "train": "train irish --model trigram --smoothing 3 --format json",
    "train another": "train irish --model bigram",
    "sample": "sample irish-trigram.safetensors -n 5 --seed 1 --starts-with mo",
    "evaluate": "evaluate irish-trigram.safetensors irish-bigram.safetensors --draws 0 --format json",
    "blend": "blend irish-trigram.safetensors irish-bigram.safetensors -o both.safetensors",
    "export": "export irish-trigram.safetensors -o trigram.json",
    "export as a graph": "export irish-trigram.safetensors -o trigram.onnx",
    "mistake": "train irish --model quadgram",
    "preset": "train irish --model trigram --preset best",
    "setting": "train irish --model trigram --hidden-size 3",
    "bound": "train irish --model trigram --smoothing 0",
}
RUN_THEM_ALL = """
import contextlib, io, json, sys
from namegen.cli.app import main

done = {}
for name, command in json.load(sys.stdin).items():
    out, err, sys.argv = io.StringIO(), io.StringIO(), ["namegen", *command.split()]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.suppress(SystemExit):
        main()
    done[name] = {"out": out.getvalue(), "err": err.getvalue()}

import namegen

trained = namegen.train("irish", model="trigram", smoothing=2.0)
trained.save("t.safetensors")
done["library"] = [trained.record.settings, namegen.load("t.safetensors").model.settings.to_json()]
print(json.dumps(done))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the package with the new family in it."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "namegen", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "data", folder / "data")
    shutil.copy(WORKED_EXAMPLE, folder / "namegen" / "models")
    with (folder / "namegen" / "models" / "__init__.py").open("a") as file:
        file.write("from namegen.models.trigram import Trigram\n")
    return folder


@pytest.fixture(scope="module")
def done(folder, clean_environment):
    """What each of the commands wrote, all run in one process."""
    run = subprocess.run(
        [sys.executable, "-c", RUN_THEM_ALL],
        input=json.dumps(COMMANDS),
        cwd=folder,
        env=clean_environment | {"PYTHONPATH": os.fspath(folder)},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=True,
    )
    return json.loads(run.stdout)


def test_it_is_trained_by_its_name_and_beats_the_bigram(done):
    result = json.loads(done["train"]["out"])
    assert result["family"] == "trigram"
    assert result["losses"]["test"] < result["baselines"]["bigram"]["test"]


def test_it_is_sampled_evaluated_and_blended_like_any_other(done):
    names = done["sample"]["out"].split()
    assert len({name for name in names if name.lower().startswith("mo")}) == 5
    trigram, bigram = (row for row in json.loads(done["evaluate"]["out"]) if row["split"] == "test")
    assert trigram["loss"] < bigram["loss"]
    assert re.search(r"^trigram +\d+ +0\.[5-9]", done["blend"]["out"], re.MULTILINE)


def test_it_is_exported_with_its_settings_and_tensors_and_its_lack_of_a_graph_is_reported(done, folder):
    model = json.loads((folder / "trigram.json").read_text())["model"]
    size = len(model["vocabulary"])
    assert model["settings"] == {"smoothing": 3.0}
    assert [len(model["tensors"]["counts"]), len(model["tensors"]["counts"][0][0])] == [size, size]
    assert done["export as a graph"]["err"] == (
        "Error: A model of the family trigram has no ONNX graph. Export it as .json.\n"
    )


def test_an_unknown_family_is_refused_with_the_new_one_among_the_choices(done):
    assert done["mistake"]["err"] == (
        "Error: Unknown model 'quadgram'. Choose from: bigram, blend, mlp, ngram, trigram.\n"
    )


def test_settings_that_it_does_not_have_are_refused(done):
    assert "is for mlp or blend, not for trigram. Leave it out." in done["preset"]["err"]
    assert "--hidden-size is a setting of mlp and blend, not of trigram. Leave it out." in done["setting"]["err"]
    assert "--smoothing must be at least 0.001, not 0" in done["bound"]["err"]


def test_its_settings_go_from_the_arguments_of_the_library_into_the_model_file_and_back(done):
    assert done["library"] == [{"smoothing": 2.0}] * 2


def test_the_document_of_the_package_shows_it_whole():
    assert WORKED_EXAMPLE.read_text("utf-8").rstrip() in (PACKAGE / "README.md").read_text("utf-8")
