"""The wheel that people install: what is within it, and that it works away from the repository."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
SAMPLE = """
import namegen

print(namegen.__file__, *namegen.load("irish-bigram.safetensors").sample(7, seed=1), sep="\\n")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder of programs of a bare environment with the wheel; its dependencies are borrowed from ours."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    programs = home / "bin"
    install = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install"]
    options = ["--no-deps", "--no-index", "--no-compile", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *options, str(wheel)], check=True, capture_output=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # A .pth file that another .pth file leads to is not read, so that the editable install stays out of sight.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


@pytest.fixture
def run_installed(installed, tmp_path, clean_environment):
    environment = {name: value for name, value in clean_environment.items() if name != "PYTHONPATH"}

    def run(program, *arguments):
        command = [installed / program, *arguments]
        return subprocess.check_output(command, encoding="utf-8", cwd=tmp_path, env=environment)

    return run


def test_the_wheel_holds_every_module_the_lists_the_page_and_the_mark_of_a_typed_package(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "namegen").rglob("*.py")}
    lists = {f"namegen/{path.relative_to(REPOSITORY)}" for path in (REPOSITORY / "data").rglob("*.txt")}
    assert {"namegen/cli/app.py", "namegen/data/names/irish.txt"} <= modules | lists
    page = {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "namegen/export/web").iterdir()}
    assert "namegen/export/web/model.js" in page
    assert modules | lists | page | {"namegen/py.typed"} <= held


def test_the_wheel_holds_nothing_but_the_package(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith("namegen_torch-"), "the name that is free in the package index"
    assert {name.split("/")[0].split("-")[0] for name in names} == {"namegen", "namegen_torch"}
    weights = [name for name in names if name.endswith(".safetensors")]
    assert weights == ["namegen/data/pretrained.safetensors"]
    assert not [name for name in names if "test" in name or name.endswith(".pyc")]


def test_the_installed_program_trains_and_samples_in_any_folder(run_installed, installed, tmp_path):
    run_installed("namegen", "train", "irish", "--model", "bigram")
    assert (tmp_path / "irish-bigram.safetensors").is_file()
    where, *names = run_installed("python", "-c", SAMPLE).splitlines()
    assert Path(where).is_relative_to(installed.parent)
    assert len(set(names)) == 7
    lines = (REPOSITORY / "data/names/irish.txt").read_text("utf-8").splitlines()
    assert not set(names) & {line.split("\t")[0] for line in lines}
