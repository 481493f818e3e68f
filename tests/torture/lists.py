"""Lists from strangers: thousands of strange files, each read as clean names, or refused in one line."""

import random
import unicodedata
from functools import partial
from pathlib import Path

from namegen.corpus.packed_names import control_character
from namegen.corpus.reading import Corpus, read_corpus, scan_corpus
from namegen.errors import NamegenError
from namegen.settings import MAX_NAME_LENGTH, ListSettings
from torture.campaign import Results
from torture.command_line import run_here

SHOWN_EVERY = 10  # so many lists, one goes through the command line
COMMANDS = [["data"], ["data", "--format", "json"], ["sample", "-q", "-n", "2", "--max-tries", "1000"]]

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


def mutated(rng: random.Random) -> bytes:
    """A list made of pieces, with something done to its bytes."""
    pieces, raw = (GOOD, [b""]) if rng.random() < 0.6 else (PIECES, [b""] * 10 + [*RAW, rng.randbytes(30)])
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


def check(path: Path, data: bytes, command: list[str]) -> str:
    """Read a list, and give it to the command line where there is a command; returns what became of it."""
    path.write_bytes(data)
    if command:
        assert run_here([*command, str(path)]) in ("ended with 0", "ended with 1")
    return check_list(path)


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Read so many strange lists. Returns what happened in one line, and the failures."""
    results = Results()
    for place in range(number):
        data = mutated(random.Random(f"{seed} {place}"))
        command = COMMANDS[place // SHOWN_EVERY % len(COMMANDS)] if place % SHOWN_EVERY == 0 else []
        results.take(f"{place} ({data[:60]!r})", partial(check, folder / "list.txt", data, command))
    return results.told(number, "lists")
