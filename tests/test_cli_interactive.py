"""`namegen sample -i`: keys pressed on the screen, what is shown, and what is left when it ends.

Nearly all of it runs without a terminal and without clocks; one test has both ends of a real one.
"""

import asyncio
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from itertools import count

import pytest
from rich.style import Style
from textual.events import Key

import namegen
from namegen.cli.interactive import adapt
from namegen.cli.screen.app import NameScreen
from namegen.cli.screen.keys import ACTIONS, KeysScreen
from namegen.cli.screen.pages import Backend, Name, Settings
from namegen.errors import SamplingError
from namegen.settings import SampleSettings

FIRST = Settings()
DEADLINE = 120  # seconds, for whatever is waited for


def numbered(settings: Settings):
    """`anna1`, `anna2`, … in blocks of sixty, of which the field of the beginning is a part; none for `9`."""
    if "9" in settings.starts_with:
        raise SamplingError("The model never saw the character '9'.")
    for start in count(1, 60):
        yield [
            Name(f"{settings.starts_with}anna{i}", f"{settings.starts_with}anna{i}") for i in range(start, start + 60)
        ]


def lengths(spelled: str):
    return [(letter, float(place)) for place, letter in enumerate(spelled)] + [(".", 9.0)]


def pressed(key: str) -> Key:
    return Key(key, key if len(key) == 1 else None)


class Player:
    """Who sits before the screen."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    async def until(self, condition, what):
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"waited {DEADLINE} s for {what}; the screen says:\n{self.text}"
            await self.pilot.pause()

    @property
    def is_busy(self):
        return self.app.waiting or self.app.filling or self.app.coming

    async def settle(self):
        """Until no key waits and nothing is drawn."""
        await self.pilot.pause()
        await self.until(lambda: not self.is_busy, "the names")
        await self.pilot.pause()

    def type(self, *keys):
        """All at once: no key waits until the one before it was handled."""
        for key in keys:
            self.app.post_message(pressed(key))

    async def press(self, *keys):
        """All at once, and see what becomes of it."""
        self.type(*keys)
        await self.settle()

    async def press_slowly(self, *keys):
        """One by one, each when all is done that the one before asked for."""
        for key in keys:
            await self.app.press(pressed(key))
            while self.is_busy:
                await asyncio.sleep(0.001)
        await self.settle()

    async def leave(self, *keys):
        """Press keys of which the last one leaves."""
        self.type(*keys)
        await self.until(lambda: self.app.return_value is not None, "leaving")

    @property
    def lines(self):
        return ["".join(segment.text for segment in strip).rstrip() for strip in self.strips]

    @property
    def strips(self):
        return self.app.screen._compositor.render_strips()

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def names(self):
        return [name.shown for name in self.app.page]


def play(script, draw=numbered, size=(80, 24), settings=FIRST, surprisal=lengths):
    """Run a script against the screen; returns what was kept and the exit code."""
    kept: list[str] = []

    async def run():
        app = NameScreen(Backend(draw, surprisal, title="title"), settings, kept)
        async with app.run_test(size=size) as pilot:
            player = Player(app, pilot)
            await player.until(lambda: app.grid.size.height > 0, "the first layout")
            await player.settle()
            await script(player)
        return app.return_value

    return kept, asyncio.run(run())


def test_names_are_moved_through_kept_and_dropped():
    async def script(player):
        rows = player.app.layout_of_page.rows
        await player.press("down", "enter", "right", "enter", "3", "0", "home", "enter")
        assert player.app.kept == ["anna2", f"anna{rows + 2}", "anna3", "anna10", "anna1"]
        assert "kept 5  ★ anna1, anna10, anna3" in player.text
        assert "1 ★ anna1" in player.text
        await player.press("enter", "1", "k", "k", "x")  # a name is kept once; the cursor stops at the first
        assert player.app.kept == ["anna2", f"anna{rows + 2}", "anna3", "anna10"]
        await player.press("u", "u", "u")
        assert player.app.kept == ["anna2", f"anna{rows + 2}", "anna3"]

    play(script)


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("escape", 0), ("ctrl+c", 130), ("ctrl+q", 0)])
def test_each_way_to_leave_has_its_exit_code(key, code):
    async def script(player):
        await player.leave("2", key, "3")  # what is typed after it is not for us

    assert play(script) == (["anna2"], code)


def test_the_page_before_is_the_same_page_again():
    async def script(player):
        seen = [player.names]
        for _ in range(3):
            await player.press(" ")
            seen.append(player.names)
        assert len({name for page in seen for name in page}) == sum(map(len, seen))
        assert "page 4" in player.text
        for page in reversed(seen[:-1]):
            await player.press("p")
            assert player.names == page
        await player.press("p")
        assert player.names == seen[0]
        assert "This is the first page." in player.text

    play(script)


def test_two_hundred_keys_at_once_do_what_they_would_have_done_slowly():
    keys = [*"1 2 u3", "b", *"mo", "backspace", "backspace", *"lie", "enter", "1", "down", "enter", " ", "p", "5"]
    keys += [" ", "1"] * 50 + ["p"] * 50 + ["a", "t", "2", "enter", "+", "4"]
    keys += ["u", "4"] * ((200 - len(keys)) // 2 + 1)
    outcomes = []
    for at_once in (True, False):

        async def script(player, at_once=at_once):
            await (player.press if at_once else player.press_slowly)(*keys)
            outcomes.append((player.app.fields.settings, [*player.app.kept], player.names))

        play(script)
    assert len(keys) >= 200
    assert outcomes[0] == outcomes[1]
    settings, kept, _ = outcomes[0]
    assert (settings.starts_with, settings.temperature, settings.case) == ("lie", "2.1", "title")
    assert len(kept) == 56


def test_fields_act_at_once_and_escape_returns_to_the_names():
    asked = []

    def draw(settings):
        asked.append(settings)
        return numbered(settings)

    async def script(player):
        await player.press("b", "m", "o")
        assert player.names[0] == "moanna1"
        await player.press(
            "tab", "s", "tab", "x", "tab", "right", "tab", "3", "tab", "9", "tab", "0", ".", "5", "escape"
        )
        await player.press("1")
        assert asked[-1] == Settings("mo", "s", "x", "3", "9", "0.5", "title")
        assert player.app.kept == ["moanna1"]
        await player.press("b", "backspace", "enter")
        assert player.names[0] == "anna1"

    play(script, draw)


@pytest.mark.parametrize(("before", "key", "after"), [("0.03", "-", "0.03"), ("10", "+", "10"), ("4.95", "+", "5")])
def test_a_key_of_the_temperature_never_goes_the_other_way(before, key, after):
    async def script(player):
        await player.press(key)
        assert player.app.fields.settings.temperature == after

    play(script, settings=Settings(temperature=before))


def test_constraints_that_cannot_be_met_say_so_and_the_names_stay():
    async def script(player):
        names = player.names
        await player.press("b", "9", "enter")
        assert "The model never saw the character '9'." in player.text
        assert player.names[:20] == names[:20]
        await player.press("1", "b", "backspace")
        assert "never saw" not in player.text
        assert (player.app.kept, player.names) == (["anna1"], names)

    play(script)


def test_the_few_names_that_there_are_are_shown_and_space_says_why_no_more():
    def draw(settings):
        yield [Name("ab", "ab"), Name("ba", "ba")]
        raise SamplingError("Found 2 names.")

    async def script(player):
        for _ in range(2):
            assert player.names == ["ab", "ba"]
            assert "Found 2 names." in player.text
            await player.press(" ")

    play(script, draw)


def test_a_long_draw_freezes_nothing_and_its_names_are_dropped_when_they_are_out_of_date():
    gate = threading.Event()

    def draw(settings):
        if settings.starts_with == "slow":
            assert gate.wait(DEADLINE)
        yield from numbered(settings)

    async def script(player):
        names = player.names
        player.type("b", *"slow")
        await player.until(
            lambda: player.app.filling and player.app.filling.settings.starts_with == "slow", "the thread"
        )
        player.type("tab", "e")  # the screen still listens
        await player.until(lambda: player.app.fields.settings.ends_with == "e", "the key")
        assert player.names == names
        assert "drawing …" in player.text
        player.type("shift+tab", "m", "enter", "1")
        await player.until(lambda: player.app.waiting, "a key that waits for the names it is about")
        gate.set()
        await player.settle()
        assert player.names[0] == "manna1"
        assert player.app.kept == ["manna1"]

    play(script, draw)


def test_leaving_does_not_wait_for_keys_when_it_is_asked_for_twice():
    gate = threading.Event()

    def draw(settings):
        assert gate.wait(DEADLINE)
        yield from numbered(settings)

    async def run():
        app = NameScreen(Backend(draw, lengths), Settings(), [])
        async with app.run_test() as pilot:
            await Player(app, pilot).leave(*"1qq")
            gate.set()
        return app.return_value, app.kept

    assert asyncio.run(run()) == (0, [])


def test_names_are_data_and_nothing_in_them_is_obeyed():
    odd = ["[bold]x[/bold]", "\x1b[31mred", "$(id)", "[@click=app.exit]", "a\x9bb", "日本語", "back\\[slash"]

    def draw(settings):
        yield [Name(name, name) for name in odd]

    async def script(player):
        shown = ["[bold]x[/bold]", r"\x1b[31mred", "$(id)", "[@click=app.exit]", r"a\x9bb", "日本語", "back\\[slash"]
        for place, name in enumerate(shown):
            assert f"{place + 1}   {name}" in player.text
            await player.press(str(place + 1), "home", *["down"] * place)  # also among the kept, and letter by letter
            assert f"★ {name}" in player.text
        await player.press("b", "\x1b", "[", "enter")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", player.text)
        assert player.app.kept == odd

    play(script, draw, size=(120, 40))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50), (20, 6)])
def test_the_screen_fits_its_size_and_says_that_kept_names_are_printed(size):
    async def script(player):
        await player.press("1", "down", "enter")
        assert len(player.lines) == size[1]
        assert max(map(len, player.lines)) <= size[0]
        if size > (20, 6):
            assert "leaves and prints kept names" in player.text
            assert "1 ★ anna1" in player.text
            assert re.search(r"kept 2\s+(│\s*)?", player.text)
            assert "begins" in player.text
        await player.press("?")
        assert isinstance(player.app.screen, KeysScreen)
        await player.leave("z", "q")

    assert play(script, size=size)[0][0] == "anna1"


def test_a_resize_draws_the_page_anew_from_the_same_name():
    async def script(player):
        await player.press(" ")
        first = player.names[0]
        small = len(player.names)
        await player.pilot.resize_terminal(200, 50)
        await player.until(lambda: len(player.names) > small, "a larger page")
        assert player.names[0] == first
        await player.settle()
        assert len(player.names) == player.app.layout_of_page.size

    play(script)


def test_letters_show_the_surprisal_of_the_name_under_the_cursor():
    async def script(player):
        await player.press("down")
        assert re.search(r"a +n +n +a +2 +end\n", player.text)
        assert re.search(r"surprisal  ▁ +▂ +▄ +▅ +▇ +█", player.text)
        assert re.search(r"nats +0\.0 +1\.0 +2\.0 +3\.0 +4\.0 +9\.0", player.text)

    play(script)


def test_help_shows_every_key():
    async def script(player):
        await player.press("?")
        shown = player.text.lower()
        names = {
            " ": "space",
            "pagedown": "pgdn",
            "pageup": "pgup",
            "delete": "del",
            "escape": "esc",
            "_": "-",
            "=": "+",
        }
        for key in set(ACTIONS) - {"left", "right", "up", "down", "home", "end", "ctrl+q", *"2345678"}:
            assert names.get(key, key).replace("shift+", "shift-") in shown

    play(script, size=(100, 40))


def test_without_colour_there_is_none_and_the_cursor_can_still_be_seen(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(player):
        await player.press("1", "down")
        styles = [segment.style or Style() for strip in player.strips for segment in strip]
        assert not any(colour and not colour.is_default for style in styles for colour in (style.color, style.bgcolor))
        assert any(style.reverse for style in styles)

    play(script)


def test_a_defect_in_drawing_ends_the_screen_and_is_there_to_be_raised():
    def draw(settings):
        raise RuntimeError("broken")

    async def run():
        app = NameScreen(Backend(draw, lengths), Settings(), [])
        async with app.run_test() as pilot:
            await Player(app, pilot).until(lambda: app.failure, "the defect")
        return app.failure

    assert str(asyncio.run(run())) == "broken"


def test_a_click_puts_the_cursor_on_a_name_and_two_keep_it():
    async def script(player):
        await player.pilot.click("#names", offset=(6, 2))
        assert player.app.grid.cursor == 2
        await player.pilot.double_click("#names", offset=(6, 4))
        await player.until(lambda: player.app.kept == ["anna5"], "the name that was clicked")
        await player.pilot.click("#ends_with")
        await player.press("s")
        assert player.app.fields.settings.ends_with == "s"

    play(script)


@pytest.mark.parametrize("family", ["bigram", "ngram", "mlp", "blend"])
def test_names_of_every_family_are_those_of_the_command_in_the_case_that_was_chosen(family):
    fast = {} if family in ("bigram", "ngram") else {"epochs": 1}
    trained = namegen.train("irish", model=family, **fast)
    backend, settings = adapt(trained, SampleSettings(excludes=("x",), min_length=3, seed=5))
    assert "excludes x   seed 5" in backend.title

    async def script(player):
        asked = {"seed": 5, "excludes": "x", "min_length": 3}
        assert player.names == trained.sample(len(player.names), **asked)
        await player.press("b", *"ma, Mo", "enter", "a", "1")
        wanted = asked | {"starts_with": ("ma", "Mo"), "case": "title"}
        assert player.names == trained.sample(len(player.names), **wanted)
        spelled = player.app.page[0].spelled
        letters = trained.score([spelled])[0].letters
        assert backend.surprisal(spelled) == letters
        assert re.search(" +".join([*spelled, "end"]), player.text)
        await player.press("m", "backspace", "tab", "backspace", "enter")  # an empty field stands for the default
        assert player.names == trained.sample(len(player.names), **wanted | {"min_length": 0})

    kept, _ = play(script, backend.draw, (200, 50), settings, backend.surprisal)
    assert kept[0].startswith(("Ma", "Mo"))


def test_what_is_wrong_is_told_and_capitals_do_not_matter():
    trained = namegen.open_model("irish")

    async def script(player):
        await player.press("b", "9", "enter")
        assert "The model does not know the character '9'" in player.text
        await player.press("b", "backspace", "enter", "t", "backspace", "-", "enter")
        assert "temperature must be a number, not '-'" in player.text
        await player.press("t", "backspace", "1", "enter", "b", "M", "o", "enter", "1")
        assert player.app.kept[0].startswith("Mo")

    backend, settings = adapt(trained, SampleSettings(seed=5))
    play(script, backend.draw, settings=settings, surprisal=backend.surprisal)


class Terminal:
    """`namegen` on a terminal of its own, with standard output in a file."""

    def __init__(self, arguments, folder, environment):
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (12, 40))
        self.theirs, self.shown, self.read_so_far = theirs, "", 0
        self.before = termios.tcgetattr(theirs)
        with open(folder / "kept.txt", "wb") as kept:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "namegen", *arguments],
                stdin=theirs,
                stdout=kept,
                stderr=theirs,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )

    def wait_for(self, text):
        """Read on until the text comes, which was not there before."""
        deadline = time.monotonic() + DEADLINE
        while (place := self.shown.find(text, self.read_so_far)) < 0:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self.ours], [], [], left)[0]
            assert ready, f"waited {DEADLINE} s for {text!r}; the terminal got {self.shown[self.read_so_far :]!r}"
            self.shown += os.read(self.ours, 65536).decode(errors="replace")
        self.read_so_far = place + len(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def resize(self, rows, columns):
        termios.tcsetwinsize(self.theirs, (rows, columns))
        self.process.send_signal(signal.SIGWINCH)  # it has no controlling terminal that would

    def type(self, text):
        os.write(self.ours, text.encode())


def test_on_a_terminal_it_starts_keeps_leaves_and_gives_the_terminal_back(clean_environment, tmp_path):
    names = namegen.open_model("irish").sample(12, seed=5)
    env = clean_environment | {"TERM": "xterm-256color", "NO_COLOR": "1"}
    with Terminal(["sample", "irish", "-i", "--seed", "5"], tmp_path, env) as terminal:
        terminal.wait_for("\x1b[?1049h")  # the alternate screen
        terminal.wait_for(names[1])
        terminal.type("12u" + "jk" * 100 + "3")
        terminal.wait_for(f"{names[2]}, {names[0]}")
        terminal.resize(24, 80)
        terminal.wait_for("surprisal")  # which a small screen has no line for
        terminal.type("\x03")
        terminal.wait_for("\x1b[?1049l")
        assert terminal.process.wait(DEADLINE) == 130
        assert termios.tcgetattr(terminal.theirs) == terminal.before
    assert (tmp_path / "kept.txt").read_text("utf-8").split() == [names[0], names[2]]
    assert not re.search(r"\x1b\[[\d;]*\b(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]", terminal.shown)  # no colour
