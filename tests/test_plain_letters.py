"""Names in plain letters: what is read, and what is shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.corpus.plain_letters import plain_letters
from namegen.corpus.reading import list_of, read_corpus
from namegen.errors import UsageError
from namegen.settings import ListSettings

ACCENTED = ["Órla", "Aoife", "Niamh", "Łucja", "Ægir", "Ciarán", "Éanna", "Íde", "Óscar", "Rónán", "Úna", "Zoë"]


@pytest.fixture(scope="module")
def accented(tmp_path_factory):
    path = tmp_path_factory.mktemp("lists") / "accented.txt"
    path.write_text("\n".join(ACCENTED), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(accented):
    return namegen.train(accented, model="ngram", order=3, holdout=0)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Wałęsa Łódź", "Walesa Lodz"),
        ("Þórr Sigurðr Bjørn Ægir", "Thorr Sigurdr Bjorn Aegir"),
        ("Straße İpek ılık", "Strasse Ipek ilik"),
        ("Kahōʻāliʻi", "Kahoalii"),
        ("Nguyễn Thị Đặng", "Nguyen Thi Dang"),
        ("Chị\u0301nwe\u0301 Ọláẹ̀", "Chinwe Olae"),
        ("O’Neil Œuvre", "O'Neil Oeuvre"),
        ("Ольга Ἀλέξανδρος 한별 שָׂרָה लक्ष्मी", "Ольга Ἀλέξανδρος 한별 שָׂרָה लक्ष्मी"),
    ],
)
def test_latin_letters_become_plain_and_others_stay(written, plain):
    assert plain_letters(unicodedata.normalize("NFC", written)) == unicodedata.normalize("NFC", plain)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_plain_stays_plain(text):
    text = plain_letters(unicodedata.normalize("NFC", text))
    assert plain_letters(text) == text


def test_a_list_is_read_in_plain_letters_from_a_file_and_from_memory(accented):
    plain = [plain_letters(name).lower() for name in ACCENTED]
    assert list(read_corpus(str(accented), ListSettings(ascii=True)).names) == plain
    assert [name for names, _ in list_of([*ACCENTED, "orla", "ʻ"], ListSettings(ascii=True)) for name in names] == plain


def test_shown_in_plain_letters_names_are_distinct_and_new(model):
    listed = {plain_letters(name).lower() for name in ACCENTED}
    names = model.sample(200, seed=1, raw=True, max_length=6, ascii=True)
    assert all(name.isascii() for name in names)
    assert len({name.lower() for name in names}) == 200
    assert not {name.lower() for name in names} & listed
    as_written = model.sample(2000, seed=1, raw=True, max_length=6)
    assert {plain_letters(name).lower() for name in as_written} & listed  # which is why the others are compared


def test_constraints_are_about_what_is_shown(model):
    names = model.sample(20, seed=1, raw=True, ascii=True, excludes="e", ends_with="Á", max_length=6, matches="[a-z]+")
    assert all(name.isascii() and name.lower().endswith("a") and "e" not in name.lower() for name in names)


def test_the_most_probable_names_in_plain_letters_are_those_of_a_search_without_them(model):
    found = model.top(30, ascii=True, max_length=5, min_length=4, min_distance=1)
    every = dict.fromkeys(plain_letters(name) for name in model.top(300, max_length=5, min_length=3, min_distance=1))
    listed = {plain_letters(name) for name in ACCENTED}
    assert found == [name for name in every if name not in listed and 4 <= len(name) <= 5][:30]


def test_a_model_that_learned_plain_letters_needs_no_list_to_show_them(tmp_path, accented):
    learned = namegen.train(accented, model="blend", preset="adapted", holdout=0, ascii=True)
    assert learned.model.vocabulary.characters.isascii()
    learned.save(tmp_path / "plain.safetensors")
    again = namegen.load(tmp_path / "plain.safetensors")
    assert again.sample(5, seed=1) == again.sample(5, seed=1, ascii=True) == learned.sample(5, seed=1)
    assert list(again.read_split().train) == [plain_letters(name).lower() for name in ACCENTED]
    assert [score.origin for score in again.score(["Órla", "Orla", "Xanna"])] == ["train", "train", "new"]


def test_without_its_list_a_model_with_accents_cannot_tell_what_is_new(tmp_path):
    model = namegen.train(names=ACCENTED, model="bigram", holdout=0)
    with pytest.raises(UsageError, match=r"^`ascii` needs the list of the model, which cannot be read again\."):
        model.sample(3, ascii=True)
    assert all(name.isascii() for name in model.sample(3, ascii=True, allow_known=True))


def test_the_command_line_reads_and_shows_plain_letters(here, accented):
    done = here("sample", str(accented), "--ascii", "-n", "30", "--seed", "1")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert not set(done.stdout.lower().split()) & {plain_letters(name).lower() for name in ACCENTED}
    assert here("top", str(accented), "--ascii", "-n", "5", "--starts-with", "Ó").stdout.isascii()
