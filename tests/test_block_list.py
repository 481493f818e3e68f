"""Names on other lists, and pieces that names must not contain."""

import re

import pytest
import torch
from conftest import assert_refused
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.plain_letters import plain_letters
from namegen.errors import ModelFileError, SourceError, UsageError
from namegen.sampling.block_list import BlockList, folded_letters
from namegen.sampling.filter import known_names
from namegen.settings import NameSettings


@pytest.fixture
def irish(irish_bigram):
    return irish_bigram


@given(st.lists(st.text("aAbäé\u0301한", max_size=4)), st.lists(st.text("aÁBäeé한", min_size=1, max_size=9)))
def test_pieces_are_found_where_plain_python_finds_them(pieces, names):
    plain = str.maketrans("ÁäéAB", "aaeab", "\u0301")
    folded = [piece.translate(plain) for piece in pieces]
    expected = [any(piece and piece in name.translate(plain) for piece in folded) for name in names]
    assert BlockList(pieces).found_in(Names.of(names)).tolist() == expected


def test_names_on_other_lists_and_of_models_do_not_come_whatever_their_capitals(irish, tmp_path):
    names = irish.sample(300, seed=1)
    (tmp_path / "used.txt").write_text("\n".join(["\x07 is no name", *map(str.upper, names[::2])]), "utf-8")
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


def test_lists_that_cannot_be_read_are_told(irish):
    for missing, error in (("irsh", SourceError), ("gone.safetensors", ModelFileError)):
        with pytest.raises(error, match=f"^{missing}: "):
            irish.sample(1, not_in=missing)


def test_a_model_of_names_letter_for_letter_is_kept_from_other_lists_whatever_their_capitals(irish, tmp_path):
    (tmp_path / "used.txt").write_text("ANNA")
    by_letter = namegen.TrainedModel(irish.model, irish.record, irish.train_hashes, irish.held_out_hashes, True)
    known = known_names(by_letter, NameSettings(not_in=str(tmp_path / "used.txt")))
    assert torch.equal(known.others.hashes, Names.of(["Anna"]).hashes())


def test_names_pieces_and_models_in_memory_are_as_good_as_their_files(irish, tmp_path):
    names = irish.sample(200, seed=1)
    (tmp_path / "used.txt").write_text("\n".join(names[::2]), "utf-8")
    expected = irish.sample(90, seed=1, not_in=tmp_path / "used.txt")
    for kind in (list, set, Names.of, dict.fromkeys):
        assert irish.sample(90, seed=1, not_in=kind(names[::2])) == expected
    other = namegen.train(names=names[::4], model="bigram", holdout=0)
    assert irish.sample(90, seed=1, not_in=(other, names[2::4])) == expected
    assert irish.top(9, not_in=irish.top(3)) == irish.top(12)[3:]
    (tmp_path / "block.txt").write_text("ach\nÉ\n", "utf-8")
    expected = irish.sample(30, seed=1, excludes_from=tmp_path / "block.txt")
    for pieces in (["ACH", "e", ""], ({"ach"}, Names.of(["é"]))):
        assert irish.sample(30, seed=1, excludes_from=pieces) == expected
    (tmp_path / "empty.txt").touch()
    for empty in ([], str(tmp_path / "empty.txt")):
        assert irish.sample(5, seed=1, not_in=empty, excludes_from=empty) == names[:5]
    first = irish.pseudonyms(["a"], secret="s")
    assert irish.pseudonyms(["a"], secret="s", not_in=first) != first


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"not_in": 5}, "`not_in` must be a list or a model, by its name or in memory, not 5"),
        ({"not_in": ["welsh"]}, "`not_in` ['welsh', …] would be names, and 'welsh' is a list. Give lists as a tuple."),
        ({"excludes_from": (n for n in "ab")}, "`excludes_from` must be a list or a model"),
    ],
)
def test_what_is_not_a_list_is_refused(irish, given, complaint):
    with pytest.raises(UsageError, match=re.escape(complaint)):
        irish.sample(1, **given)


def test_lists_that_would_let_names_pass_unseen_are_refused_or_told(irish, here, tmp_path):
    irish.save(tmp_path / "m.safetensors")
    sample = ("sample", "m.safetensors", "-n", "1")
    (tmp_path / "latin.txt").write_bytes("anna\nM\xe1ire\n".encode("latin-1"))
    for option in ("--not-in", "--excludes-from"):
        assert_refused(here(*sample, option, "latin.txt"), "latin.txt, line 2: is not UTF-8 text. Save it as UTF-8.", 1)
    done = here(*sample, "--excludes-from", "m.safetensors")
    assert_refused(done, "--excludes-from takes a list of pieces, not a model. Did you mean --not-in?")
    (tmp_path / "used.csv").write_text("name,sex\nanna,f\n", "utf-8")
    (tmp_path / "secret").write_text("s")
    told = "used.csv: 2 of 2 lines hold a comma, such as 'name,sex', read as part of the name."
    for command in (sample, ("top", *sample[1:]), ("pseudonym", "m.safetensors", "--secret-file", "secret")):
        done = here(*command, "--not-in", "used.csv", input="a key")
        assert (done.returncode, told in done.stderr, done.stdout.count("\n")) == (0, True, 1), command
        assert told not in here(*command, "--not-in", "used.csv", "-q", input="a key").stderr
    assert told in here("compose", "{m.safetensors:not-in=used.csv}", "-n", "1").stderr
    (tmp_path / "block.txt").write_text("88\n", "utf-8")
    assert "digit" not in here("top", "m.safetensors", "-n", "1", "--excludes-from", "block.txt").stderr


def test_a_list_from_a_pipe_is_read_once_whatever_the_format(irish, here, tmp_path):
    irish.save(tmp_path / "m.safetensors")
    first, second = irish.sample(2, seed=1)
    asked = ("sample", "m.safetensors", "-n", "1", "--seed", "1", "--not-in", "-")
    for more in ((), ("--sort", "name"), ("--format", "table")):
        done = here(*asked, *more, input=f"{first.upper()}\n")
        assert (second in done.stdout, first in done.stdout) == (True, False)


def test_other_lists_are_compared_in_plain_letters_where_names_are_shown_so(irish, tmp_path):
    used = next(name for name in irish.sample(40, seed=1) if not name.isascii())
    plain = plain_letters(used)
    assert plain in irish.sample(40, seed=1, ascii=True)
    (tmp_path / "used.txt").write_text(f"{used}\nx\n", "utf-8")
    in_memory = namegen.train(names=[used, "x"], model="bigram", holdout=0)
    for other in ([used], namegen.train(tmp_path / "used.txt", model="bigram", holdout=0)):
        assert plain not in irish.sample(40, seed=1, ascii=True, not_in=other)
    with pytest.raises(UsageError, match="`ascii` needs the list of the model of `not_in`, which cannot be read again"):
        irish.sample(1, ascii=True, not_in=in_memory)


def test_the_most_probable_names_of_a_short_list_are_as_near_to_it_as_raw_samples():
    model = namegen.train(names=["anna", "hanna", "otto"], model="bigram", holdout=0)
    assert model.top(20, raw=True) == model.top(20, raw=True, min_distance=1)


@pytest.mark.parametrize("option", ["--not-in", "--excludes-from"])
def test_where_lists_leave_too_few_names_those_found_are_printed_and_counted(here, tmp_path, option):
    names = namegen.train(names=["a", "b", "cd"], model="bigram", smoothing=0.0, holdout=0)  # it can spell no others
    names.save(tmp_path / "m.safetensors")
    (tmp_path / "list.txt").write_text("A\n")
    given = ("m.safetensors", "-n", "9", "--allow-known", "--min-length", "1", option, "list.txt")
    done = here("sample", *given, "--max-tries", "500", "--seed", "1")
    assert (done.returncode, sorted(done.stdout.split())) == (1, ["b", "cd"])
    assert "Found 2 of 9 names; " in done.stderr
    assert f"shorten {option}" in done.stderr
    done = here("top", *given)
    assert (done.returncode, sorted(done.stdout.split())) == (1, ["b", "cd"])
    assert done.stderr == "Error: Found 2 of 9 names: the model can spell no more of them.\n"
