"""Which tests run which lines of a copy of the repository, and whether one of them fails.

Pytest runs in a child forked from here, where all that it needs but namegen is imported already.
"""

import importlib
import json
import os
import resource
import signal
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import coverage
import hypothesis  # noqa: F401
import pytest

MOST_MEMORY = 16 << 30  # bytes that a changed program may ask for


class Watch:
    """Sees which lines of the rooms each test runs, and how long it takes; writes both to a file as JSON.

    What runs where a file of tests is collected or a fixture made counts for all tests of the file, what runs where
    the rooms themselves are imported for those of all files: by the empty name.
    """

    def __init__(self, rooms: list[str], told: Path) -> None:
        self.rooms = rooms
        self.told = told
        self.seconds: dict[str, float] = defaultdict(float)
        self.coverage = coverage.Coverage(data_file=None, config_file=False, include=[f"{room}/*" for room in rooms])

    def pytest_collection(self) -> None:
        self.coverage.start()
        for path in sorted(path for room in self.rooms for path in Path(room).glob("*.py")):
            importlib.import_module(".".join(path.with_suffix("").parts))

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> None:
        self.coverage.switch_context(file_of(collector.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.coverage.switch_context(file_of(item.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self.coverage.switch_context(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        runs = {os.path.relpath(path): data.contexts_by_lineno(path) for path in data.measured_files()}
        self.told.write_text(json.dumps([self.seconds, runs]), "utf-8")


class Chosen:
    """Runs some tests alone, those of the quickest files first."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self.of_file: dict[str, float] = defaultdict(float)
        for test, needed in seconds.items():
            self.of_file[file_of(test)] += needed

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        def place(item: pytest.Item) -> tuple[float, str, float]:
            file = file_of(item.nodeid)
            return self.of_file[file], file, self.seconds[item.nodeid]

        items[:] = sorted((item for item in items if item.nodeid in self.seconds), key=place)


def file_of(test: str) -> str:
    """The file that a test stands in."""
    return test.partition("::")[0]


def tests_of(lines: range, runs: dict[str, list[str]], seconds: dict[str, float]) -> dict[str, float]:
    """The tests, with their seconds, that run one of these lines of a file; `runs` tells who runs each line of it."""
    names = {name for line in lines for name in runs.get(str(line), [])}
    if not names or "" in names:
        names = {name for running in runs.values() for name in running}
    return {test: needed for test, needed in seconds.items() if test in names or file_of(test) in names}


def watched(
    folder: Path, rooms: list[str], tests: list[str]
) -> tuple[dict[str, float], dict[str, dict[str, list[str]]]]:
    """Run all tests on the copy as it is: the seconds of each, and by file and line the tests that run it."""
    told = folder / "watched.json"
    code = run(folder, tests, Watch(rooms, told), 3600)
    assert code == 0, f"the tests fail without any change: {(folder / 'said').read_text('utf-8')[-2000:]}"
    seconds, runs = json.loads(told.read_text("utf-8"))
    return seconds, runs


def is_noticed(folder: Path, tests: dict[str, float]) -> bool:
    """Whether a test fails, or they come to no end."""
    return run(folder, sorted({file_of(test) for test in tests}), Chosen(tests), 20 + 4 * sum(tests.values())) != 0


def run(folder: Path, files: list[str], plugin: Watch | Chosen, seconds: float) -> int:
    """The exit code of pytest, or minus the number of the signal that ended it."""
    child = os.fork()
    if not child:
        try:
            os.setsid()
            signal.alarm(int(seconds))
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            os.chdir(folder)
            said = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(said, 1)
            os.dup2(said, 2)
            for name in [name for name in sys.modules if name.partition(".")[0] == "namegen"]:
                del sys.modules[name]
            sys.path.insert(0, str(folder))
            os.environ |= {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
            # Two mutants of one size and second would share their bytecode.
            sys.dont_write_bytecode = isinstance(plugin, Chosen)
            options = ["-x", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
            os._exit(pytest.main([*options, f"--basetemp={folder}/scratch", *files], plugins=[plugin]))
        finally:
            os._exit(70)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return code
