"""What a name is, which names are the same, and which lines are refused."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from namegen.corpus.packed_names import Names
from namegen.corpus.reading import (
    corpus_from,
    list_of,
    read_corpus,
    read_list,
    scan_corpus,
)
from namegen.errors import SourceError, UsageError
from namegen.settings import ListSettings

BOM = "\ufeff"
TOO_LONG = "is longer than 200 characters"
OVERRIDES_AND_ISOLATES = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
JAMO = "\u1112\u1161\u11ab"  # one Korean syllable in three decomposed letters, nine bytes

PIECES = [
    *(b"\n", b"\r\n", b"\r", b" ", b"\t", b"\xa0", b"\xff", b"\xe6\x9d", b"\x00", b"\x1b[31m", b"\x1c", b"\x85"),
    *("é e\u0301 Σ ΟΔΟΣ İ \u0301 \u2028 \u202e \u2067 \u3000 \xa0 \u200d \x9b 李 Ἀ ǅ".encode().split(b" ")),
    *(b"anna", b"Bo", b"O'Neil", b"Mary Ann", b"Anne-Marie", b"st. john", b"[red]", BOM.encode()),
    *(b"x" * 198, b"x" * 200, b"x" * 201, JAMO.encode() * 199, JAMO.encode() * 201, b" " * 3300, b"y" * 4096),
]
list_bytes = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=25).map(b"".join)


def is_forbidden(character):
    return (
        unicodedata.category(character) in {"Cc", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in OVERRIDES_AND_ISOLATES
        or character == BOM
    )


def slow_line(raw):
    """What stands on one line of bytes: a name or '', and why it is refused or ''."""
    if len(raw) > 3200:
        return "", TOO_LONG
    try:
        name = raw.decode("utf-8").strip().split("\t")[0].rstrip()
    except UnicodeDecodeError:
        return "", "is not UTF-8 text"
    name = unicodedata.normalize("NFC", name.lower())
    if len(name) > 200:
        return "", TOO_LONG
    for character in name:
        if is_forbidden(character):
            return "", f"contains a control character (U+{ord(character):04X})"
    return name, ""


def slow_clean(data):
    names, refused = [], []
    lines = data.removeprefix(BOM.encode()).split(b"\n")
    if re.search(rb"^[^\t]*names?\s*\t", lines[0], re.IGNORECASE):
        lines[0] = b""
    for number, raw in enumerate(lines, start=1):
        name, reason = slow_line(raw)
        if reason:
            refused.append((number, reason))
        elif name:
            names.append(name)
    return names, refused


@given(list_bytes, st.sampled_from([1, 2, 3, 7, 64, 1000, 4096, 4 << 20]))
@example(b"\n\n  \t\nemma\r\n\n\tava  \n" + "\u3000Zoe\u0308\xa0\n\u2003Zo\u00eb".encode(), 7)
@example(BOM.encode() + b" " * 4094 + b"anna\nbo\n", 4096)
@example(b" " * 5000 + b"anna\nbo\n", 64)
@example(b"anna\n" + BOM.encode() + b"bo\n", 5)
@example(BOM.encode() + b"First name\tsex\r\nAnna\tf\r\nBo \tm\tx\n\tOtto\nRename\tf\nNames\n\x07\tm\n", 9)
@example(JAMO.encode() * 200 + b"\n bo\n", 4 << 20)
def test_any_bytes_in_blocks_of_any_size_are_cleaned_as_line_by_line(scratch_file, data, block_bytes):
    scratch_file.write_bytes(data)
    settings = ListSettings(skip_bad_lines=True, keep_duplicates=True)
    reading = read_list(str(scratch_file), settings, block_bytes=block_bytes)
    found = Names.join([names for names, _hashes in reading])
    names, refused = slow_clean(data)
    assert list(found) == names
    assert [(bad.line, bad.reason) for bad in reading.bad_lines.first] == refused


def test_of_all_characters_exactly_the_forbidden_are_refused(scratch_file):
    characters = [chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000 and chr(code) != "\n"]
    scratch_file.write_text("\n".join(f"a{character}b" for character in characters), encoding="utf-8", newline="")
    refused = {bad.line for bad in scan_corpus(str(scratch_file)).bad_lines.first}
    assert refused == {at for at, found in enumerate(characters, start=1) if is_forbidden(found) and found != "\t"}


@given(st.lists(st.text("abé", max_size=2)))
def test_duplicates_are_dropped_but_the_first_or_kept_and_always_counted(names):
    filled = [name for name in names if name]
    distinct = list(dict.fromkeys(filled))
    try:
        dropped, kept = corpus_from(list_of(names)), corpus_from(list_of(names, ListSettings(keep_duplicates=True)))
    except SourceError:
        assert len(distinct) < 2
        return
    assert list(dropped.names) == distinct
    assert list(kept.names) == filled
    assert dropped.distinct == kept.distinct == len(distinct)
    assert dropped.duplicates == kept.duplicates == len(filled) - len(distinct)


def read_bytes(path, data, **settings):
    path.write_bytes(data)
    return list(read_corpus(str(path), **settings).names)


def test_names_that_differ_in_case_alone_are_one_name(scratch_file):
    data = "Emma\nEMMA\nΟΔΥΣΣΕΥΣ\nSTRASSE\nstraße\n".encode()
    assert read_bytes(scratch_file, data) == ["emma", "οδυσσευς", "strasse"]
    kept = ListSettings(keep_duplicates=True)
    assert read_bytes(scratch_file, data, settings=kept) == ["emma", "emma", "οδυσσευς", "strasse", "straße"]


@pytest.mark.parametrize(
    ("names", "case"),
    [
        (["anna", "bo", "Cy"], "keep"),
        (["Anna", "Bo", "cy"], "title"),
        (["ANNA", "BO", "Cy"], "upper"),
        (["A", "B"], "title"),
        (["李", "王"], "keep"),
        (["李", "Anna"], "title"),
        (["d'Arc", "De Mol", "Van Dyck"], "title"),
    ],
)
@pytest.mark.parametrize("in_memory", [True, False])
def test_the_usual_case_is_that_of_most_names(scratch_file, names, case, in_memory):
    scratch_file.write_text("\n".join(names), encoding="utf-8")
    reading = list_of(names) if in_memory else read_list(str(scratch_file), block_bytes=4)
    assert corpus_from(reading).case == case


REFUSED = {
    "not UTF-8": (b"L\xe9a", "is not UTF-8 text"),
    "UTF-8 cut short": (b"L\xc3", "is not UTF-8 text"),
    "a coded surrogate": (b"L\xed\xa0\x80", "is not UTF-8 text"),
    "an escape sequence": (b"\x1b[31mLea", r"contains a control character \(U\+001B\)"),
    "a C1 control": ("L\x9ba".encode(), r"contains a control character \(U\+009B\)"),
    "a right-to-left override": ("L\u202ea".encode(), r"contains a control character \(U\+202E\)"),
    "201 wide characters": (("李" * 201).encode(), TOO_LONG),
    "a whole file on one line": (b"x" * 100_000, TOO_LONG),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_names_file_and_line_and_what_is_wrong_and_the_way_out(tmp_path, kind):
    line, reason = REFUSED[kind]
    path = tmp_path / "list.txt"
    path.write_bytes(b"anna\n\n" + line + b"\nbo\n")
    way_out = {TOO_LONG: "Give one name per line", "is not UTF-8 text": "Save it as UTF-8"}.get(reason, "Fix it")
    said = rf"^.*/list\.txt, line 3: {reason}\. {way_out}, or skip such lines: `skip_bad_lines=True`\."
    with pytest.raises(SourceError, match=said):
        read_corpus(str(path))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", r"has no names\. Give a list"),
        (b"\n \r\n\t\n", r"has no names\. Give a list"),
        (b"\x1b\n\xff\n", r"has no names \(2 bad lines left out\)"),
        (b"emma\nemma\n emma\n", r"has only one name\. Give a list with at least two"),
    ],
)
def test_a_list_too_short_to_learn_from_is_refused(scratch_file, data, complaint):
    scratch_file.write_bytes(data)
    with pytest.raises(SourceError, match=complaint):
        read_corpus(str(scratch_file), ListSettings(skip_bad_lines=True, keep_duplicates=True))
    assert scan_corpus(str(scratch_file)).distinct < 2  # for a report it is no error


def test_several_sources_are_one_list_and_each_file_has_its_own_byte_order_mark_and_line_numbers(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "1.txt").write_bytes(b"\xef\xbb\xbfemma\nava")  # no newline at its end
    (folder / "2.txt").write_bytes(b"\xef\xbb\xbfmia\n\x07\n")
    (tmp_path / "more.csv").write_bytes(b"zoe\nemma\n")
    sources = [str(folder), str(tmp_path / "more.csv")]
    corpus = read_corpus(sources, ListSettings(skip_bad_lines=True))
    assert list(corpus.names) == ["emma", "ava", "mia", "zoe"]
    assert corpus.duplicates == 1
    assert corpus.sources == tuple(sources)
    (bad,) = corpus.bad_lines.first
    assert str(bad) == f"{folder / '2.txt'}, line 2: contains a control character (U+0007)"


def test_standard_input_cannot_be_given_twice():
    with pytest.raises(UsageError, match="only once"):
        read_corpus(["-", "-"])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\ufeff"), max_size=12)))
def test_names_in_memory_follow_the_rules_of_files(scratch_file, names):
    scratch_file.write_bytes("\n".join(names).encode())
    from_file = scan_corpus(str(scratch_file))
    if from_file.bad_lines:
        line = from_file.bad_lines.first[0].line
        with pytest.raises(SourceError, match=rf"^mine, line {line}: contains .* Fix it, or skip"):
            corpus_from(list_of(names, label="mine"))
    elif from_file.distinct > 1:
        assert list(corpus_from(list_of(names)).names) == list(from_file.names)


@pytest.mark.parametrize("bad", ["em\nma", "em\ud83dma", "x" * 201])
def test_in_memory_too_what_is_not_a_name_is_refused(bad):
    way_out = "Give one name per line" if len(bad) > 200 else "Fix it"
    with pytest.raises(SourceError, match=rf"^the list, line 2: .*{way_out}, or skip"):
        corpus_from(list_of(["ava", bad, "mia"]))
