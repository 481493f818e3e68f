"""Lists from strangers: thousands of strange files, each read as clean names, or refused in one line."""

import io
import random
import sys
import time
import unicodedata
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st

from namegen.cli.app import main
from namegen.corpus.packed_names import control_character
from namegen.corpus.reading import Corpus, read_corpus, scan_corpus
from namegen.errors import NamegenError
from namegen.settings import MAX_NAME_LENGTH, ListSettings

SECONDS_A_LIST = 120.0  # of the processor
SHOWN_EVERY = 10  # so many lists, one goes through the command line

GOOD = [
    *("emma", "ava", "O'Neil", "Zoë", "Zoe\u0308", "李", "محمد", "\u05d0\u05d1", "🎉", "👨\u200d👩\u200d👧", "İ", "ß"),
    *("[red]", "[/red]", "[link=file:///etc]", "{0}", "%s", "$HOME", "`id`", "=1+1", "-n", "--help", ".", "..", "/"),
    *("\u200b", "\u200e", "\u200f", "\u00ad", "\u3000", "\u00a0", "\u0344", "\u1e9b\u0323", " ", "  ", "a" * 40),
]
PIECES = [
    *GOOD,
    *("\u202e", "\u2066", "\u2028", "\u2029", "\ufeff"),
    *("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x07", "\x00", "\x7f", "\t", "\x0b", "\x0c", "\x1c", "\x85"),
    *("a" * 200, "a" * 201, "e\u0301" * 200, "\u0344" * 101, "x" * 5000, "", "\r"),
]
RAW = [
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xae", b"\xef\xbb\xbf", b"\xfe\xff\x00e\x00m"),
    *(b"\r\n", b"\r", b"\n\r", b"\n\n\n", b"\x00" * 50, b"\x1b[31m", bytes(range(256))),
]
STRANGE_LINES = st.lists(
    st.one_of(
        st.sampled_from(PIECES).map(str.encode),
        st.sampled_from(RAW),
        st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.binary(max_size=30),
    ),
    max_size=30,
)
LINES = st.one_of(STRANGE_LINES, st.lists(st.sampled_from(GOOD).map(str.encode), min_size=2, max_size=30))


def mutated(rng: random.Random) -> bytes:
    """A list made of pieces, with something done to its bytes."""
    pieces, raw = (GOOD, [b""]) if rng.random() < 0.6 else (PIECES, [b""] * 10 + RAW)
    data = b"\n".join(
        rng.choice(raw) + "".join(rng.choices(pieces, k=rng.choice([1, 1, 1, 2, 5]))).encode("utf-8", "surrogatepass")
        for _ in range(rng.choice([0, 1, 2, 10, 100]))
    )
    ways = [
        lambda: data[: rng.randrange(len(data) + 1)],
        lambda: (data + b"\n") * rng.choice([2, 50]),
        lambda: data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"\0", b"\x85"])),
        lambda: data + b"y" * rng.choice([5_000, 70_000, 9 << 20 if rng.random() < 0.05 else 1]),
        lambda: b"\n" * rng.choice([1, 20_000]) + data,
        lambda: bytes(byte if rng.random() < 0.99 else rng.randrange(256) for byte in data),
        lambda: data,
        lambda: data,
    ]
    return rng.choice(ways)()


def check_list(path: Path) -> str:
    """Read a list with and without its bad lines; returns what became of it."""
    result = "clean"
    for skip_bad_lines in (False, True):
        try:
            corpus = read_corpus(str(path), ListSettings(skip_bad_lines=skip_bad_lines))
        except NamegenError as error:
            message = str(error)
            result = "refused"
        else:
            check_names(corpus)
            message = "clean"
        assert "\n" not in message, f"a message of several lines: {message}"
    size = max(37, path.stat().st_size // 50)
    whole, in_pieces = scan_corpus(str(path)), scan_corpus(str(path), block_bytes=size)
    assert list(whole.names) == list(in_pieces.names), "read in pieces, the names are others"
    assert whole.bad_lines.reasons == in_pieces.bad_lines.reasons, "read in pieces, other lines are bad"
    return result


def check_names(corpus: Corpus) -> None:
    """Every name is what a name must be, and stands there once."""
    names = list(corpus.names)
    assert len(set(names)) == len(names) == corpus.distinct
    for name in names:
        assert 0 < len(name) <= MAX_NAME_LENGTH
        assert name == name.strip() == unicodedata.normalize("NFC", name)
        assert "\n" not in name
        assert control_character(name) is None


def check_shown(path: Path, arguments: list[str]) -> None:
    """Give a list to the command line, and look at what it writes."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    given_before = sys.argv
    sys.argv = ["namegen", *arguments, str(path)]
    try:
        with redirect_stdout(out), redirect_stderr(errors):
            main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = given_before
    written, complaint = (stream.buffer.getvalue().decode() for stream in (out, errors))
    assert code in (0, 1), f"exit code {code}: {complaint}"
    assert "Traceback" not in complaint
    assert not code or (complaint.startswith("Error: ") and complaint.count("\n") == 1), complaint
    control = control_character((written + complaint).replace("\n", ""))
    assert control is None, f"U+{ord(control or ' '):04X} reaches the terminal"


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Half of the lists from hypothesis, half by mutation. Returns what happened in one line, and the failures."""
    path = folder / "list.txt"
    results: Counter[str] = Counter()
    failures: list[str] = []
    slowest = 0.0

    def check(place: int, data: bytes) -> None:
        nonlocal slowest
        path.write_bytes(data)
        started = time.process_time()
        results[check_list(path)] += 1
        seconds = time.process_time() - started
        slowest = max(slowest, seconds)
        assert seconds < SECONDS_A_LIST, f"took {seconds:.1f} s"
        if place % SHOWN_EVERY == 0:
            commands = (["data"], ["data", "--format", "json"], ["sample", "-q", "-n", "2", "--max-tries", "1000"])
            check_shown(path, [*commands[place // SHOWN_EVERY % 3]])
            results["shown"] += 1

    for place in range(number // 2):
        data = mutated(random.Random(f"{seed} {place}"))
        try:
            check(place, data)
        except Exception as error:
            failures.append(f"mutated {place}: {type(error).__name__}: {str(error)[:300]} ({data[:60]!r})")
    places = iter(range(number))

    @hypothesis_seed(seed)
    @settings(
        max_examples=number - number // 2,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[*HealthCheck],
    )
    @given(LINES)
    def property_of_lists(lines: list[bytes]) -> None:
        check(next(places, 1), b"\n".join(lines))

    try:
        property_of_lists()
    except Exception as error:
        failures.append(f"hypothesis: {type(error).__name__}: {str(error)[:300]} {getattr(error, '__notes__', '')}")
    line = f"{number:,} lists: {results['refused']:,} refused, {results['clean']:,} clean"
    return f"{line}, {results['shown']:,} through the command line; slowest {slowest:.2f} s", failures
