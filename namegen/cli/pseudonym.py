"""`namegen pseudonym`: the same name for the same key."""

import csv
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import Annotated

from annotated_doc import Doc

from namegen.cli.name_formats import write_text
from namegen.cli.open_models import open_model, read_known
from namegen.cli.options import Model, Quiet, argument, command
from namegen.corpus.csv_columns import place_of, separated
from namegen.corpus.sources import STANDARD_INPUT, is_standard_input
from namegen.errors import SamplingError, SourceError, UsageError, reason_of
from namegen.settings import DrawSettings

AT_ONCE = 1 << 16  # lines
LONGEST = 1 << 20  # of a secret in bytes, of a line in characters

Keyed = tuple[str, Callable[[str], str]]  # a key, and the function that writes its line with a name in its place


@command()
def pseudonym(
    model: Model,
    keys: Annotated[str, argument("a file with a key a line, or a CSV file; - for standard input.")] = STANDARD_INPUT,
    *,
    settings: DrawSettings,
    quiet: Quiet = False,
    secret_file: Annotated[Path, Doc("A file with a secret: another secret gives other names.")],
    column: Annotated[
        str | None, Doc("Replace this column (title or number) of a CSV file, and leave all else as it is.")
    ] = None,
) -> None:
    """Give every key a name: the same for the same key and secret, and no two keys one name.

    Names depend on the secret, the model and the options. Beyond that, a key keeps its name whatever keys follow it.
    Keys that are added or removed before it change its name only where they take, or took, one that it would get. In
    another order, of 1,000 keys some 5 % have another name (of 100 none) with the Irish list; fewer with a longer one.
    """
    if any(map(is_standard_input, (model, *settings.lists))) and keys == STANDARD_INPUT:
        raise UsageError("Standard input (-) can be read only once. Write the list to a file.")
    if keys == STANDARD_INPUT and secret_file.resolve() == Path("/dev/stdin").resolve():
        raise UsageError("Standard input (-) can be read only once. Write the secret to a file.")
    if keys == STANDARD_INPUT and sys.stdin.isatty():
        raise UsageError("Give keys on standard input, or a file with them after the model.")
    secret = _secret(secret_file)
    label = "standard input" if keys == STANDARD_INPUT else keys
    with _opened(keys) as file:
        lines = _lines(file, label) if column is None else _records(file, label, column)
        trained = open_model(model, quiet, settings)

        import torch

        from namegen.sampling.pseudonyms import Pseudonyms

        torch.set_num_threads(1)
        pseudonyms = Pseudonyms(trained, secret, settings, read_known(trained, settings, quiet))
        while block := [*islice(lines, AT_ONCE)]:
            failure = None
            try:
                pseudonyms.names_of(key for key, _ in block if key)
            except SamplingError as error:
                failure = error
            known = {"": "", **pseudonyms.names}
            have = next((place for place, (key, _) in enumerate(block) if key not in known), len(block))
            write_text("".join(line(known[key]) for key, line in block[:have]))
            if failure:
                raise failure


def _secret(path: Path) -> bytes:
    """The bytes of a file, without the line break at its end. Raises `SourceError`."""
    try:
        with path.open("rb") as file:
            secret = file.read(LONGEST + 1)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({reason_of(error)}).") from None
    if len(secret) > LONGEST:
        raise SourceError(f"{path}: is longer than 1 MiB. Is it the file with the secret?")
    secret = secret.rstrip(b"\r\n")
    if not secret:
        raise SourceError(f"{path}: holds no secret. Make one: head -c 32 /dev/urandom | base64 > {path}")
    return secret


@contextmanager
def _opened(source: str) -> Iterator[TextIOWrapper]:
    """Standard input or a file, as text with its own line breaks. Raises `SourceError`."""
    try:
        buffer = sys.stdin.buffer if source == STANDARD_INPUT else Path(source).open("rb")  # noqa: SIM115
    except OSError as error:
        raise SourceError(f"{source}: cannot be read ({reason_of(error)}).") from None
    with TextIOWrapper(buffer, encoding="utf-8", errors="surrogateescape", newline="") as text:
        yield text


def _lines(file: TextIOWrapper, label: str) -> Iterator[Keyed]:
    """Each line is a key. Raises `SourceError` for a line longer than 1 MiB."""
    for number, line in enumerate(iter(partial(file.readline, LONGEST), ""), start=1):
        if len(line) == LONGEST:
            raise SourceError(f"{label}, line {number}: is longer than 1 MiB. Give one key per line.")
        yield line.removeprefix("\ufeff" if number == 1 else "").rstrip("\r\n"), "{}\n".format


def _records(file: Iterable[str], source: str, column: str) -> Iterator[Keyed]:
    """The records of a CSV file, of which the column is the key.

    Raises `SourceError` where a record does not have the column, or more fields than titles, or is not CSV.
    """
    file = iter(file)
    first = next(file, "")
    raw = [first[: first.startswith("\ufeff")]]  # the lines of a record as they are written; at first, the mark

    delimiter, rest = separated(chain([first.removeprefix("\ufeff")], file))

    def lines() -> Iterator[str]:
        for line in rest:
            raw.append(line)
            yield line

    rows = csv.reader(lines(), delimiter=delimiter)
    try:
        titles = [title.strip() for title in next(rows, [])]
        place = place_of(column, titles, source, delimiter)
        for number, row in enumerate(chain([[]], rows), start=1):  # the titles, like empty lines, stay as they are
            text = "".join(raw)
            raw.clear()
            if not row:
                yield "", text.__add__
                continue
            spans = _spans(text.rstrip("\r\n"), delimiter)
            if len(row) > len(titles) or len(spans) != len(row) or place >= len(row):
                lack = "more fields than titles" if len(row) > len(titles) else f"no column {column!r}"
                raise SourceError(f"{source}, record {number}: has {lack}. Correct it: {text.strip()!r}")
            begin, end = spans[place]
            has_quotes = text[begin : begin + 1] == '"'
            yield row[place], partial(_with_name, text[:begin], text[end:], has_quotes, delimiter)
    except csv.Error as error:
        raise SourceError(f"{source}: is not CSV ({error}). Correct it, or leave `column` out.") from None


def _spans(record: str, delimiter: str) -> list[tuple[int, int]]:
    """Where each field of a record begins and ends, quotes included."""
    between, quoted = re.escape(delimiter), '"(?:[^"]|"")*"'
    return [field.span(1) for field in re.finditer(f"(?:^|{between})((?:{quoted})?[^{between}]*)", record)]


def _with_name(before: str, after: str, quoting: bool, delimiter: str, name: str) -> str:
    """A record with a name between two parts of it, in quotes where it had them or needs them."""
    doubled = name.replace('"', '""')
    return before + (f'"{doubled}"' if quoting or delimiter in name or doubled != name else name) + after
