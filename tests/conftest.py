"""What all tests share. While they run, annotations of the package are checked, shapes included."""

import copy
import inspect
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import Any

import jaxtyping
import pytest
from beartype import BeartypeConf, beartype
from beartype.roar import BeartypeDecorHintPep673Exception
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook
from waiting import PATIENCE


def check_types(checked: Any) -> Any:
    """Beartype, but an int is a float, as PEP 484 has it, and what returns `Self` is left as it is.

    Beartype knows the class that `Self` means only where it decorates whole classes.
    """
    try:
        return beartype(conf=BeartypeConf(is_pep484_tower=True))(checked)
    except BeartypeDecorHintPep673Exception:
        return checked


# A shell has what it starts in the background ignore Ctrl-C, and so would all processes that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

CHECKED_CALLS = 30  # of each function, the first in each process: to check all of them doubles the time of the tests
jaxtyped = jaxtyping.jaxtyped


def check_first_calls(checked: Any = None, **options: Any) -> Any:
    """As `jaxtyped`, for the first calls of a function, or of the constructor of a class."""
    if checked is None:
        return partial(check_first_calls, **options)
    if not inspect.isclass(checked):
        return first_calls(jaxtyped(checked, **options), checked)
    plain = checked.__init__
    checked = jaxtyped(checked, **options)
    if checked.__init__ is not plain:
        checked.__init__ = first_calls(checked.__init__, plain)
    return checked


def first_calls(checking: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
    """A function that checks its first calls."""
    calls = itertools.count()

    @wraps(checking)
    def function(*args: Any, **kwargs: Any) -> Any:
        return (checking if next(calls) < CHECKED_CALLS else plain)(*args, **kwargs)

    return function


jaxtyping.jaxtyped = check_first_calls
install_import_hook("namegen", "conftest.check_types")  # before anything imports namegen

import torch  # noqa: E402

torch.set_num_threads(1)
settings.register_profile(
    "namegen",
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("EXAMPLES", "50")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("namegen")

COLOUR_SWITCHES = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "GITHUB_ACTIONS", "COLUMNS"}

NO_CHROMIUM = "needs Chromium and its driver"

LONGEST = (  # files of tests, by their seconds
    "test_export_page_learning_browser.py",
    "test_export_page_browser.py",
    "test_export_page_list.py",
    "test_readme.py",
    "test_export_page_learning.py",
    "test_cli_interactive.py",
    "test_bench.py",
    "test_distributed.py",
)

collect_ignore = ["families"]  # to import one enters it in the registry, which the other tests share

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session", autouse=True)
def adapted_once() -> Iterator[None]:
    """The shipped network adapts to a list once, and not in each test that opens it: nothing else plays a part in it.

    `test_an_adaptation_has_no_seed_and_is_one_file` takes this away for itself.
    """
    from namegen.training import fit
    from namegen.training.adaptation import adapt
    from namegen.training.pretrained import shipped

    known: dict[tuple[object, ...], torch.nn.Module] = {}

    def adapt_once(network: Any, names: Any, vocabulary: Any) -> Any:
        if network is not shipped():
            return adapt(network, names, vocabulary)
        key = (*names, vocabulary.characters)
        if key not in known:
            known[key] = adapt(network, names, vocabulary)
        return copy.deepcopy(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "adapt", adapt_once)
        yield


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment without what a terminal or a CI service sets to change how output looks."""
    kept = {name: value for name, value in os.environ.items() if name not in COLOUR_SWITCHES}
    return kept | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def run_in(clean_environment: dict[str, str]) -> Run:
    """Run `python -m namegen ...` in a folder; its output is taken as UTF-8."""

    def run_namegen(
        folder: Path,
        *arguments: str | Path,
        input: str = "",
        env: Mapping[str, str] | None = None,
        python_options: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *python_options, "-m", "namegen", *map(str, arguments)],
            input=input,
            capture_output=True,
            encoding="utf-8",
            cwd=folder,
            env=clean_environment | dict(env or {}),
            timeout=PATIENCE,
            check=False,
        )

    return run_namegen


@pytest.fixture(scope="session")
def scratch_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One path that a property may write over for each of its examples."""
    return tmp_path_factory.mktemp("scratch") / "list.txt"


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """As `run_in`, but within this process, two seconds faster, and in the current folder."""
    from namegen.cli.app import main

    for switch in COLOUR_SWITCHES:
        monkeypatch.delenv(switch, raising=False)

    def run_main(*arguments: str | Path, input: str = "") -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["namegen", *map(str, arguments)])
        capsys.readouterr()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as stdin:
            stdin.write(input)
            stdin.seek(0)
            monkeypatch.setattr(sys, "stdin", stdin)
            with pytest.raises(SystemExit) as left:
                main()
        return subprocess.CompletedProcess(sys.argv, left.value.code, *capsys.readouterr())

    return run_main


@pytest.fixture
def here(run_here: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """As `run_here`, in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    return run_here


@pytest.fixture
def on_terminal(clean_environment: dict[str, str], tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run namegen on a terminal, by default of 100 columns with colours: its exit code, and what it showed."""
    from torture import forks

    def run_there(*arguments: str | Path, **environment: str) -> tuple[int, str]:
        terminal = clean_environment | {"TERM": "xterm-256color", "COLUMNS": "100"} | environment
        return forks.on_terminal([*map(str, arguments)], tmp_path, terminal)

    return run_there


def assert_refused(done: subprocess.CompletedProcess[str], said: str, code: int = 2) -> None:
    """A command ended with an exit code and one line of error, and wrote nothing else."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert re.fullmatch("Error: .*\n", done.stderr)
    assert said in done.stderr


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium, with what a person does with it."""
    from export_browser import Browser, start

    driver = start()
    if driver is None:
        pytest.skip(NO_CHROMIUM)
    yield Browser(driver)
    driver.quit()


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """Chromium without anything kept, and with nothing in its console by the end."""
    yield chromium
    chromium.run("localStorage.clear()")
    assert chromium.complaints() == []


@pytest.fixture(scope="session")
def irish_bigram() -> Any:
    """A bigram model of the bundled Irish names; no test changes it."""
    import namegen

    return namegen.train("irish", model="bigram")


@pytest.fixture(scope="session")
def irish_ngram() -> Any:
    """As `irish_bigram`, an n-gram model."""
    import namegen

    return namegen.train("irish", model="ngram")


@pytest.fixture(scope="session")
def irish_models(tmp_path_factory: pytest.TempPathFactory, irish_bigram: Any, irish_ngram: Any) -> Path:
    """A folder with both as files, `bigram.safetensors` and `ngram.safetensors`, and with a small `mlp.safetensors`."""
    import namegen

    folder = tmp_path_factory.mktemp("models")
    small = {"epochs": 3, "hidden_size": 20, "embedding_size": 4, "activation": "tanh"}
    namegen.train("irish", model="mlp", **small).save(folder / "mlp.safetensors")
    irish_bigram.save(folder / "bigram.safetensors")
    irish_ngram.save(folder / "ngram.safetensors")
    return folder


@pytest.fixture(scope="session")
def irish_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an n-gram model of the bundled Irish names, which are in title case."""
    from export_models import model_of

    from namegen.export import write_export

    path = tmp_path_factory.mktemp("page") / "irish.html"
    write_export(model_of("ngram"), path)
    return path


def pytest_configure(config: pytest.Config) -> None:
    """Have files run in their order here; else xdist puts those with the most tests first."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, so that neither worker waits for the other at the end."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests of the page were skipped, and how to have them run."""
    skipped = terminalreporter.stats.get("skipped", [])
    number = sum(isinstance(report.longrepr, tuple) and NO_CHROMIUM in report.longrepr[2] for report in skipped)
    if number:
        terminalreporter.write_line(
            f"{number} tests of the page were skipped: no Chromium with its driver. "
            "On Debian or Ubuntu: sudo apt-get install chromium chromium-driver"
        )
