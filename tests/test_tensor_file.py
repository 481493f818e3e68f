"""Files of tensors: what is written is read again, safe from what happens to them, and no litter."""

import json
import os
import struct
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.errors import ModelFileError
from namegen.files.tensor_file import (
    LEFTOVER_SECONDS,
    MOST_HEADER_BYTES,
    read_tensors,
    to_bytes,
    write_atomically,
    write_tensors,
)

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.int8, torch.uint8, torch.bool]
KINDS = st.tuples(st.sampled_from(DTYPES), st.lists(st.integers(0, 4), max_size=3))
METADATA = st.dictionaries(st.text("abé\n", min_size=1), st.text(max_size=20), min_size=1, max_size=3)


@given(st.dictionaries(st.text("xyzü.", min_size=1), KINDS, max_size=5), METADATA)
def test_what_is_written_is_read_again(scratch_file, kinds, metadata):
    generator = torch.Generator().manual_seed(1)
    tensors = {
        name: torch.randint(0, 2, shape, generator=generator).to(dtype) for name, (dtype, shape) in kinds.items()
    }
    scratch_file.write_bytes(to_bytes(tensors, metadata))
    found, found_metadata = read_tensors(scratch_file)
    assert found_metadata == metadata
    assert {name: (t.dtype, tuple(t.shape)) for name, t in found.items()} == {
        name: (dtype, tuple(shape)) for name, (dtype, shape) in kinds.items()
    }
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def with_entry(**changes: object) -> bytes:
    """A file of one tensor of two float32, said to be otherwise."""
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes
    text = json.dumps({"weights": entry}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(8)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        struct.pack("<Q", 1 << 62) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{}x",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
        struct.pack("<Q", 20) + b'{"__metadata__":{"a":1}}'[:20],
        with_entry(shape=[1_000_000, 1_000_000]),
        with_entry(shape=[-1, -2]),
        with_entry(shape=[True, 2]),
        with_entry(shape=[2.0]),
        with_entry(data_offsets=[0, 4]),
        with_entry(data_offsets=[8, 0]),
        with_entry(data_offsets=[0, 8, 16]),
        with_entry(data_offsets=[-8, 0]),
        with_entry(dtype="F4"),
        with_entry(dtype=["F32"]),
        with_entry(dtype="F4", shape=[16]),  # of the format, but not of torch
        with_entry(shape=[0, 1 << 63], data_offsets=[0, 0])[:-8],
        with_entry(shape=[(1 << 62) - 1] * 100_000),
        with_entry() + b"\0",
        with_entry()[:-1],
    ],
)
def test_what_is_not_a_tensor_file_is_refused(tmp_path, data):
    path = tmp_path / "m.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=r"^it is not a safetensors file"):
        read_tensors(path)


def test_a_loaded_model_does_not_depend_on_its_file_whose_path_may_be_long_and_not_utf_8(irish_bigram, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9".ljust(255, b"x"))
    irish_bigram.save(path)
    model = namegen.load(path)
    os.truncate(path, 100)  # under a mapping this would end the process
    assert model.sample(5, seed=1) == irish_bigram.sample(5, seed=1)


def test_what_killed_writers_left_goes_with_the_next_write_and_what_others_are_writing_stays(tmp_path):
    old, fresh, strange = (tmp_path / name for name in (".namegen-a.partial", ".namegen-b.partial", ".other.partial"))
    for path in (old, fresh, strange):
        path.touch()
    for path in (old, strange):
        os.utime(path, (time.time() - LEFTOVER_SECONDS - 60,) * 2)
    write_atomically(tmp_path / "file", b"new")
    assert set(os.listdir(tmp_path)) == {fresh.name, strange.name, "file"}


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path / "folder")) == ["target"]


@pytest.mark.parametrize(
    ("make", "within"),
    [
        (Path.mkdir, ""),
        (lambda path: path.symlink_to(path), ""),
        (os.mkfifo, ""),
        (Path.touch, "deeper"),
        (lambda path: None, "deeper"),
        (lambda path: None, "../" + "x" * 256),
    ],
    ids=["folder", "circle", "pipe", "beneath a file", "nowhere", "long name"],
)
def test_a_path_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path, make, within):
    make(tmp_path / "it")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(ModelFileError, match=r"cannot be written \([^\n]*\)\.$"):
        write_atomically(tmp_path / "it" / within, b"new")
    assert sorted(os.listdir(tmp_path)) == before


def test_a_header_that_is_too_long_to_read_is_neither_read_nor_written(tmp_path):
    path = tmp_path / "m.safetensors"
    text = b'{"a":[' + b"[]," * (MOST_HEADER_BYTES // 3) + b"[]]}"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("namegen.files.tensor_file.load", None)  # it is not even parsed
        with pytest.raises(ModelFileError, match="file that namegen can read"):
            read_tensors(path)
    path.unlink()
    with pytest.raises(ModelFileError, match=r"m\.safetensors: cannot be written \(its header"):
        write_tensors(path, {}, {"a": "b" * MOST_HEADER_BYTES})
    assert not path.exists()
