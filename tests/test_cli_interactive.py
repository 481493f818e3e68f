"""`namegen sample -i`: keys pressed on the screen, what is shown, and what is left when it ends.

Nearly all of it runs without a terminal and without clocks; the last tests have both ends of a real one.
"""

import asyncio
import os
import pty
import re
import select
import signal
import termios
import threading
import time
from contextlib import closing, suppress
from functools import partial
from itertools import count

import pytest
from textual.events import Key
from textual.keys import _character_to_key
from torture.forks import started
from waiting import PATIENCE, ended

import namegen
from namegen.__main__ import main as whole_program
from namegen.cli.console import plain
from namegen.cli.interactive import adapt
from namegen.cli.screen import KEYS, LABELS, Backend, NameScreen
from namegen.cli.widgets import Help, Name
from namegen.errors import SamplingError, UsageError
from namegen.sampling.filter import known_names
from namegen.settings import SampleSettings

FIRST = dict.fromkeys(LABELS, "") | {"temperature": "1", "case": "keep"}


def numbered(typed):
    """`anna1`, `anna2`, … in blocks of sixty, of which the field of the beginning is a part; none for `9`."""
    if "9" in typed["starts_with"]:
        raise SamplingError("The model never saw the character '9'.")
    for start in count(1, 60):
        names = [f"{typed['starts_with']}anna{i}" for i in range(start, start + 60)]
        yield [Name(name, name) for name in names]


class Player:
    """Who sits before the screen."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    async def until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}; the screen says:\n{self.text}"
            await asyncio.sleep(0.001)

    @property
    def is_busy(self):
        assert not self.app._exit, "the screen was left"
        return self.app.message_queue_size or self.app.keys._unfinished_tasks or self.app.is_drawing

    def type(self, *keys):
        """All at once: no key waits until the one before it was handled."""
        for key in keys:
            self.app.post_message(Key(_character_to_key(key) if len(key) == 1 else key, key if len(key) == 1 else None))

    async def press(self, *keys):
        """All at once, and wait until no key waits and nothing is drawn."""
        self.type(*keys)
        await self.until(lambda: not self.is_busy, "the names")
        await self.pilot.pause()

    @property
    def text(self):
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def names(self):
        return [name.shown for name in self.app.grid.names]


def play(script, draw=numbered, size=(80, 24), backend=None):
    """Run a script against the screen; returns what was kept and the exit code."""
    kept: list[str] = []

    def surprisal(name):
        return [*zip([*name, "."], count(0.0))]

    async def run():
        app = NameScreen(backend or Backend(draw, surprisal, FIRST, lambda typed: {}, "title"), kept)
        async with app.run_test(size=size) as pilot:
            player = Player(app, pilot)
            await player.until(lambda: app.grid.size.height > 0, "the first layout")
            await script(player)
        return app.return_value

    return kept, asyncio.run(run())


def test_names_are_moved_through_kept_and_no_longer_kept():
    async def script(player):
        await player.press("down", "enter", "right", "enter", "3", "0", "home", "enter")
        second = f"anna{2 + player.app.grid.rows}"
        assert player.app.kept == ["anna2", second, "anna3", "anna10", "anna1"]
        assert "kept 5  ★ anna1, anna10, anna3" in player.text
        await player.press("enter", "up", "k", "3")
        assert player.app.kept == ["anna2", second, "anna10"]
        await player.press("u", "u", "u")
        assert player.app.kept == ["anna2", second, "anna3", "anna10"]

    play(script)


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("escape", 0), ("ctrl+c", 130)])
def test_each_way_to_leave_has_its_exit_code(key, code):
    async def script(player):
        player.type("2", key, "3")  # what is typed after it is not for us
        await player.until(lambda: player.app.return_value is not None, "leaving")

    assert play(script) == (["anna2"], code)


def test_the_page_before_is_the_same_page_again_and_a_resize_keeps_its_first_name():
    async def script(player):
        await player.press()
        seen = [player.names]
        for _ in range(3):
            await player.press(" ")
            seen.append(player.names)
        assert len({name for page in seen for name in page}) == sum(map(len, seen))
        assert "page 4" in player.text
        for page in [*reversed(seen[:-1]), seen[0]]:
            await player.press("p")
            assert player.names == page
        await player.press(" ")
        await player.pilot.resize_terminal(200, 50)
        await player.until(lambda: len(player.names) > len(seen[1]), "a larger page")
        assert player.names[0] == seen[1][0]

    play(script)


def test_two_hundred_keys_at_once_do_what_they_would_have_done_slowly():
    keys = [*"12u3b", *"mo", "backspace", "backspace", *"lie", "enter", "1", "down", "enter", " ", "p", "5"]
    keys += [" ", "1"] * 50 + ["p"] * 50 + ["a", "t", "2", "enter", "e", "x", "enter", "4"]
    keys += ["u", "4"] * ((200 - len(keys)) // 2 + 1)
    outcomes = []
    for at_once in (True, False):

        async def script(player, at_once=at_once):
            for group in [keys] if at_once else [[key] for key in keys]:
                player.type(*group)
                await player.until(lambda: not player.is_busy, "the keys")
            outcomes.append(([*player.app.pages.typed.values()], [*player.app.kept], player.names))

        play(script)
    assert len(keys) >= 200
    assert outcomes[0] == outcomes[1]
    typed, kept, _ = outcomes[0]
    assert typed == ["lie", "x", "", "title", "", "", "2"]
    assert len(kept) > 50


def test_fields_act_at_once_and_escape_returns_to_the_names():
    async def script(player):
        await player.press("b", "m", "o")
        assert player.names[0] == "moanna1"
        await player.press("tab", "s", "tab", "x", "tab", "3", "tab", "9", "tab", *"0.5", "escape", "a", "1")
        assert [*player.app.pages.typed.values()] == ["mo", "s", "x", "title", "3", "9", "0.5"]
        assert player.app.kept == ["moanna1"]
        await player.press("b", "backspace", "enter")
        assert player.names[0] == "anna1"

    play(script)


def test_constraints_that_cannot_be_met_say_so_and_the_names_stay():
    async def script(player):
        await player.press()
        names = player.names
        await player.press("b", "9", "enter")
        assert "The model never saw the character '9'." in player.text
        assert player.names == names
        await player.press(" ", "p")  # there are no other names, and the message stays
        assert "never saw the character '9'." in player.text
        assert player.names == names
        await player.press("1", "b", "backspace")
        assert "never saw" not in player.text
        assert (player.app.kept, player.names) == (["anna1"], names)

    play(script)


def test_a_refused_value_is_corrected_in_its_field_and_escape_leaves_it():
    def draw(typed):
        if typed["min_length"].strip("0123456789"):
            raise UsageError(f"`min_length` must be an integer, not {typed['min_length']!r}.")
        return numbered(typed)

    async def script(player):
        await player.press("m", "1", "x", "enter", "3")
        assert "min length must be an integer, not '1x3'." in player.text
        assert player.app.kept == []
        await player.press("backspace", "backspace", "2", "enter", "3")
        assert (player.app.pages.typed["min_length"], player.app.kept) == ("12", ["anna3"])
        await player.press("m", "x", "escape", "1")
        assert "not 'x'." in player.text
        assert player.app.kept == ["anna3", "anna1"]

    play(script, draw)


def test_a_long_draw_freezes_nothing_and_its_names_are_dropped_when_they_are_out_of_date():
    started, gate = threading.Event(), threading.Event()

    def draw(typed):
        if typed["starts_with"] == "slow":
            started.set()
            assert gate.wait(PATIENCE), f"waited {PATIENCE} seconds for the test to let the names come"
        yield from numbered(typed)

    async def script(player):
        player.type("b", *"slow")
        await player.until(started.is_set, "the thread")
        player.type("tab", "e")  # the screen still listens
        await player.until(lambda: player.app.fields["ends_with"].value == "e", "the key")
        assert "drawing …" in player.text
        player.type("shift+tab", "m", "enter", "1")
        await player.until(lambda: player.app.is_waiting, "a key that waits for the names it is about")
        gate.set()
        await player.press()
        assert player.names[0] == "manna1"
        assert player.app.kept == ["manna1"]

    play(script, draw)


def test_names_are_data_and_nothing_in_them_is_obeyed():
    odd = ["[bold]x[/bold]", "\x1b[31mred", "$(id)", "[@click=app.exit]", "a\x9bb", "日本語", "back\\[slash"]

    def draw(typed):
        yield [Name(name, name) for name in odd]

    async def script(player):
        await player.press()
        for place, name in enumerate(map(plain, odd)):
            assert f"{place + 1}   {name}" in player.text
            await player.press(str(place + 1), "home", *["down"] * place)  # also among the kept, and letter by letter
            assert f"★ {name}" in player.text
        await player.press("b", "\x1b", "[", "enter")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", player.text)
        assert player.app.kept == odd

    play(script, draw, size=(120, 40))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
def test_the_screen_fits_its_size_and_says_that_kept_names_are_printed(size):
    async def script(player):
        await player.press("1", "down", "enter")
        await player.until(lambda: "q leave" in player.text, "the footer, which Textual fills in its own time")
        lines = player.text.split("\n")
        assert (len(lines), max(map(len, lines)) <= size[0]) == (size[1], True)
        for part in ("q leave and print kept names", "1 ★ anna1", "kept 2  ★ anna2, anna1", *LABELS.values()):
            assert part in player.text
        assert re.search(r"a +n +n +a +2 +end\n", player.text)
        if size >= (80, 24):
            assert re.search(r"surprisal  ▁ +▂ +▄ +▅ +▇ +█", player.text)
            assert re.search(r"nats +0\.0 +1\.0 +2\.0 +3\.0 +4\.0 +5\.0", player.text)
        await player.press("?")
        assert isinstance(player.app.screen, Help)
        assert size < (80, 24) or all(binding.tooltip in player.text for binding in KEYS)
        await player.press("z", "3")
        assert player.app.kept[0] == "anna1"

    play(script, size=size)


def test_names_are_those_of_the_command_in_the_case_that_was_chosen(irish_ngram):
    given = SampleSettings(excludes=("x",), min_length=3, seed=5, initials=True, not_in="welsh")
    backend = adapt(irish_ngram, given, known_names(irish_ngram, given))
    assert "irish   initials   excludes x   not in welsh   seed 5" in backend.title

    async def script(player):
        await player.press()
        asked = {"seed": 5, "excludes": "x", "min_length": 3, "initials": True, "not_in": "welsh"}
        assert player.names == irish_ngram.sample(len(player.names), **asked)
        await player.press("b", *"ma, Mo", "enter", "a", "1")
        wanted = asked | {"starts_with": ("ma", "Mo"), "case": "title"}
        assert player.names == irish_ngram.sample(len(player.names), **wanted)
        assert player.app.kept == player.names[:1]
        await player.press("a", "1")
        assert player.app.kept == []  # it is the same name in capitals
        await player.press(*"aaa")
        spelled = player.app.grid.names[0].spelled
        assert [*player.app.query_one("Letters").letters] == [*irish_ngram.score([spelled])[0].letters]
        low, high = irish_ngram.record.usual_lengths
        assert re.search(rf"min +3 +max +{high} +temp +1\n", player.text)
        await player.press("m", *str(high + 1), "enter")  # which leaves the longest open
        assert re.search(rf"min +{high + 1} +max +200 ", player.text)
        await player.press("m", "backspace", "enter")  # an empty field stands for the default, and shows it
        assert re.search(rf"min +{low} +max +{high} +temp +1\n", player.text)
        assert player.names == irish_ngram.sample(len(player.names), **wanted | {"min_length": 0})
        await player.press("t", "backspace", "-", "enter")
        assert "temperature must be a number, not '-'" in player.text

    play(script, backend=backend)


class Terminal:
    """`namegen` on a terminal of its own, with standard output in a file or there too."""

    def __init__(self, folder, environment, model, has_file=True, prepare=None):
        self.ours, theirs = pty.openpty()
        self.theirs, self.shown, self.read_so_far = theirs, "", 0
        self.before = termios.tcgetattr(theirs)
        self.names = namegen.load(model).sample(12, seed=5)
        termios.tcsetwinsize(theirs, (12, 40))
        command = ["sample", str(model), "-i", "--seed", "5"]
        environment = environment | {"TERM": "xterm-256color", "NO_COLOR": "1"}
        kept = os.open(folder / "kept.txt", os.O_WRONLY | os.O_CREAT)

        def sit_down():
            os.setsid()
            for number, stream in enumerate((theirs, kept if has_file else theirs, theirs)):
                os.dup2(stream, number)
            for other in (self.ours, theirs, kept):  # else the terminal does not end where this process holds it
                os.close(other)
            os.environ.clear()
            os.environ.update(environment)
            if prepare:
                prepare()

        self.process = started(command, folder, sit_down, whole_program)
        os.close(kept)

    def wait_for(self, text):
        """Read on until the text comes, which was not there before."""
        deadline = time.monotonic() + PATIENCE
        while (place := self.shown.find(text, self.read_so_far)) < 0:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self.ours], [], [], left)[0]
            assert ready, f"waited {PATIENCE} s for {text!r}; the terminal got {self.shown[self.read_so_far :]!r}"
            self.shown += os.read(self.ours, 65536).decode(errors="replace")
        self.read_so_far = place + len(text)

    def go_away(self):
        while self.ours:
            os.close(self.ours)
            self.ours, self.theirs = self.theirs, 0

    def close(self):
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.process, signal.SIGKILL)
            ended(self.process)
        self.go_away()


def test_on_a_terminal_it_starts_keeps_leaves_and_gives_the_terminal_back(clean_environment, irish_models, tmp_path):
    with closing(Terminal(tmp_path, clean_environment, irish_models / "bigram.safetensors")) as terminal:
        names = terminal.names
        terminal.wait_for("\x1b[?1049h")  # the alternate screen
        terminal.wait_for(names[1])
        os.write(terminal.ours, b"12u" + b"jk" * 100 + b"3")
        terminal.wait_for(f"{names[2]}, {names[0]}")
        termios.tcsetwinsize(terminal.theirs, (24, 80))
        os.kill(terminal.process, signal.SIGWINCH)  # it has no controlling terminal that would
        terminal.wait_for("surprisal")  # which a small screen has no line for
        os.write(terminal.ours, b"\x1a")  # Ctrl-Z
        assert os.WIFSTOPPED(os.waitpid(terminal.process, os.WUNTRACED)[1])
        terminal.wait_for("\x1b[?1049l")
        os.kill(terminal.process, signal.SIGCONT)
        terminal.wait_for("\x1b[?1049h")
        for shown in ("begins", names[0], "surprisal", f"{names[2]}, {names[0]}"):
            terminal.wait_for(shown)
        os.write(terminal.ours, b"\x03")
        terminal.wait_for("\x1b[?1049l")
        assert ended(terminal.process) == 130
        assert termios.tcgetattr(terminal.theirs) == terminal.before
    assert (tmp_path / "kept.txt").read_text("utf-8").split() == [names[0], names[2]]
    assert not re.search(r"\x1b\[[\d;]*\b(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]", terminal.shown)  # no colour


def take_control():
    """Make the terminal the one whose end is told by SIGHUP."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))


IGNORE = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.parametrize(("prepare", "has_file"), [(take_control, True), (IGNORE, True), (None, False)])
def test_it_ends_by_itself_when_its_terminal_goes_away(clean_environment, irish_models, tmp_path, prepare, has_file):
    model = irish_models / "bigram.safetensors"
    with closing(Terminal(tmp_path, clean_environment, model, has_file, prepare)) as terminal:
        terminal.wait_for(terminal.names[1])
        os.write(terminal.ours, b"2")
        terminal.wait_for(f"★ {terminal.names[1]}")
        terminal.go_away()
        assert ended(terminal.process) == 130
    assert (tmp_path / "kept.txt").read_text("utf-8").split() == terminal.names[1:2] * has_file
