import os
import threading
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.api import open_model
from namegen.corpus.cleaning import BAD_LINES_KEPT
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import (
    IN_MEMORY,
    MOST_LINE_BYTES,
    bundled,
    check_readable_by_several,
    files_of,
    read_blocks,
)
from namegen.errors import SourceError, UsageError
from namegen.settings import ListSettings

DATA = Path(__file__).parent.parent / "data"
OTHERS = {"dinosaurs", "minerals", "stars", "surnames", "towns"}


def test_every_list_in_the_data_folder_is_bundled_under_its_name():
    stems = {path.stem for path in DATA.rglob("*.txt")}
    assert set(bundled()) == stems | {"names"}
    assert len(stems) == 41
    assert stems >= OTHERS
    for name in stems:
        (path,) = bundled()[name]
        assert (path.stem, path.is_file()) == (name, True)


def test_names_is_the_union_of_all_given_names_and_of_nothing_else():
    assert set(bundled()["names"]) == {path for name in bundled().keys() - OTHERS for path in bundled()[name]}
    lines = {line for path in (DATA / "names").glob("*.txt") for line in path.read_text("utf-8").split("\n")}
    assert set(read_corpus("names").names) == {line.split("\t")[0].lower() for line in lines} - {""}


@pytest.mark.parametrize("name", sorted(OTHERS))  # `test_bundled_lists` is about the given names
def test_bundled_lists_are_clean_for_anyone_to_read(name):
    (path,) = bundled()[name]
    lines = path.read_text("utf-8").split("\n")
    assert lines.pop() == ""
    assert len(lines) > 100
    assert len(set(lines)) == len(lines)
    assert all(line == line.strip() != "" for line in lines)


def test_a_bundled_name_wins_over_a_file_unless_the_file_is_given_as_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("irish").write_text("emma\nava\n", encoding="utf-8")
    assert files_of("irish") == bundled()["irish"]
    assert list(read_corpus("./irish").names) == ["emma", "ava"]


def test_a_folder_means_its_text_files_in_order_of_their_names(tmp_path):
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "d.txt").write_text("d", encoding="utf-8")
    assert files_of(str(tmp_path)) == (tmp_path / "a.txt", tmp_path / "b.txt")
    (tmp_path / "deeper" / "d.txt").unlink()
    with pytest.raises(SourceError, match=r"the folder has no \.txt files\. Name a file"):
        files_of(str(tmp_path / "deeper"))


@pytest.mark.parametrize(("typed", "meant"), [("irsh", "irish"), ("dinosaur", "dinosaurs"), ("name", "names")])
def test_a_mistyped_bundled_name_is_answered_with_the_nearest(typed, meant):
    with pytest.raises(SourceError, match=rf"^{typed}: no such file.* Did you mean '{meant}'\?"):
        files_of(typed)


@pytest.mark.parametrize("source", ["zzqqxx", "no/such/list.txt", "a" * 5000, "nul\0byte"])
def test_what_is_nowhere_is_one_line_of_error(source):
    with pytest.raises(SourceError) as error:
        files_of(source)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(source)


@given(st.lists(st.binary(max_size=30), max_size=20), st.integers(1, 50), st.booleans())
def test_blocks_are_the_file_in_whole_lines_with_their_numbers(scratch_file, lines, block_bytes, ends_in_newline):
    data = b"\n".join(lines) + b"\n" * ends_in_newline
    scratch_file.write_bytes(data)
    blocks = list(read_blocks(str(scratch_file), block_bytes))
    assert b"".join(block.data for block in blocks) == data
    assert all(block.data.endswith(b"\n") for block in blocks[:-1])
    starts = [sum(len(block.data) for block in blocks[:place]) for place in range(len(blocks))]
    assert [block.first_line for block in blocks] == [1 + data[:start].count(b"\n") for start in starts]
    assert {block.label for block in blocks} <= {str(scratch_file)}


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_a_device_is_not_a_list(device):
    with pytest.raises(SourceError, match=rf"^{device}: is a device, not a list\. Give a file"):
        list(read_blocks(device))


def test_a_line_without_end_is_refused_while_it_streams_even_where_bad_lines_are_skipped(tmp_path):
    path = tmp_path / "endless.txt"
    with path.open("wb") as file:
        file.truncate(MOST_LINE_BYTES * 100)  # a file of holes, 6 GB to read
    with pytest.raises(SourceError, match=r"line 1: is longer than 64 MiB"):
        read_corpus(str(path), ListSettings(skip_bad_lines=True))


def test_of_many_bad_lines_the_first_are_reported_and_all_are_counted(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"emma\nava\n" + b"\x07\n" * 5000 + b"\xff\n" * 20)
    bad = read_corpus(str(path), ListSettings(skip_bad_lines=True)).bad_lines
    assert (len(bad), len(bad.first), bad.first[0].line) == (5020, BAD_LINES_KEPT, 3)
    assert bad.reasons == {"contains a control character (U+0007)": 5000, "is not UTF-8 text": 20}


def test_a_pipe_is_a_source_and_is_read_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"emma\nava\nolivia\n",))
    writer.start()
    assert open_model(pipe).record.counts == {"train": 3}
    writer.join()


@pytest.mark.parametrize(
    "lines",
    [
        [chr(code) for code in range(0x4E00, 0x6200)],
        [""] * 1_000_000 + ["emma", "ava"],
        ["emma", "ava"] * 20_000,
        ["\u05d0\u05d1\u05d2", "\u0645\u062d\u0645\u062f", "\u200fa\u200b"],
    ],
    ids=["5,000 characters", "a million empty lines", "duplicates only", "right to left, zero width"],
)
def test_lists_of_every_kind_are_learned_from(tmp_path, lines):
    path = tmp_path / "list.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    model = namegen.train(path, model="ngram", holdout=0)
    known = {unicodedata.normalize("NFC", line.lower()) for line in lines if line}
    assert set(model.model.vocabulary.characters) == set("".join(known))
    assert 2 <= model.record.counts["train"] <= len(known)
    assert len(model.sample(2, seed=1, allow_known=True, raw=True)) == 2


def test_a_file_that_becomes_shorter_while_it_is_read_is_reported(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"anna\n" * 10_000)
    blocks = read_blocks(str(path), block_bytes=5000)
    next(blocks)
    os.truncate(path, 20_000)
    with pytest.raises(SourceError, match=r"list\.txt: became shorter while it was read\. Try again\."):
        list(blocks)


def test_names_in_memory_can_be_read_by_several_processes_beside_a_list(tmp_path):
    (tmp_path / "list.txt").write_bytes(b"anna\n")
    assert check_readable_by_several([IN_MEMORY, str(tmp_path / "list.txt")]) == 5
    with pytest.raises(UsageError, match="cannot be read by several processes"):
        check_readable_by_several([IN_MEMORY, "-"])
