"""Names on other lists, and pieces that names must not contain."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.corpus.packed_names import Names
from namegen.errors import ModelFileError, SamplingError, SourceError
from namegen.sampling.block_list import BlockList, folded_letters
from namegen.sampling.filter import known_names
from namegen.settings import NameSettings


@pytest.fixture(scope="module")
def irish():
    return namegen.train("irish", model="bigram")


@given(st.lists(st.text("aAbäé\u0301한", max_size=4)), st.lists(st.text("aÁBäeé한", min_size=1, max_size=9)))
def test_pieces_are_found_where_plain_python_finds_them(pieces, names):
    plain = str.maketrans("ÁäéAB", "aaeab", "\u0301")
    folded = [piece.translate(plain) for piece in pieces]
    expected = [any(piece and piece in name.translate(plain) for piece in folded) for name in names]
    assert BlockList(pieces).found_in(Names.of(names)).tolist() == expected


def test_names_on_other_lists_and_of_models_do_not_come_whatever_their_capitals(irish, tmp_path):
    names = irish.sample(300, seed=1)
    (tmp_path / "used.txt").write_bytes(b"\xff is no name\n" + "\n".join(map(str.upper, names[::2])).encode())
    namegen.train(names=names[1::4], model="bigram").save(tmp_path / "other.safetensors")
    both = (tmp_path / "used.txt", str(tmp_path / "other.safetensors"))
    assert irish.sample(75, seed=1, not_in=both) == names[3::4]
    welsh = {*namegen.read_corpus("welsh").names}
    assert irish.top(50, not_in="welsh") == [name for name in irish.top(80) if name.lower() not in welsh][:50]
    known = irish.sample(200, seed=1, allow_known=True, not_in="irish")
    assert known == irish.sample(200, seed=1)


def test_a_block_list_is_met_by_samples_and_by_the_most_probable_names(irish, tmp_path):
    (tmp_path / "block.txt").write_text("ACH\né\n\nán\n", "utf-8")
    given = {"excludes_from": tmp_path / "block.txt"}

    def is_free(name):
        return not any(piece in folded_letters(name) for piece in ("ach", "e", "an"))

    assert irish.sample(50, seed=1, **given) == [*filter(is_free, irish.sample(1000, seed=1))][:50]
    assert irish.top(20, **given) == [*filter(is_free, irish.top(300))][:20]


def test_empty_lists_forbid_nothing(irish, tmp_path):
    (tmp_path / "empty.txt").touch()
    empty = str(tmp_path / "empty.txt")
    assert irish.sample(20, seed=1, not_in=empty, excludes_from=empty) == irish.sample(20, seed=1)


def test_lists_that_cannot_be_read_and_limits_that_cannot_be_met_are_told(irish, tmp_path):
    with pytest.raises(SourceError, match="irsh: no such file"):
        irish.sample(1, not_in="irsh")
    with pytest.raises(ModelFileError, match=r"gone\.safetensors: does not exist"):
        irish.sample(1, not_in="gone.safetensors")
    (tmp_path / "all.txt").write_text("\n".join("abcdefghijklmnopqrstuvwxyz"))
    with pytest.raises(SamplingError, match=r"^Found 0 of 1 names; .*shorten `excludes_from`"):
        irish.sample(1, excludes_from=str(tmp_path / "all.txt"), max_tries=300)


def test_a_model_of_names_letter_for_letter_is_kept_from_other_lists_whatever_their_capitals(irish, tmp_path):
    (tmp_path / "used.txt").write_text("ANNA")
    by_letter = namegen.TrainedModel(irish.model, irish.record, irish.train_hashes, irish.held_out_hashes, True)
    known = known_names(by_letter, NameSettings(not_in=str(tmp_path / "used.txt")))
    assert torch.equal(known.elsewhere, Names.of(["Anna"]).hashes())


def test_at_a_prompt_lists_are_read_from_a_pipe_and_typos_told(here, tmp_path):
    namegen.train("irish", model="bigram").save(tmp_path / "m.safetensors")
    first, second, *_ = here("sample", "m.safetensors", "-n", "2", "--seed", "1").stdout.split()
    rest = here("sample", "m.safetensors", "-n", "1", "--seed", "1", "--not-in", "-", input=f"{first.upper()}\n")
    assert rest.stdout.split() == [second]
    assert here("top", "m.safetensors", "--excludes-from", "gone.txt").returncode == 1
    done = here("sample", "-", "--not-in", "-", input="anna\n")
    assert (done.returncode, "can be read only once" in done.stderr) == (2, True)
