"""How names are spelled: their case, Unicode's normal form, and that what is new is new in the spelling shown."""

import itertools
import re
import unicodedata
from contextlib import nullcontext
from typing import get_args

import pytest
import torch

import namegen
from namegen.cli.wishes import Case
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SamplingError, UsageError, VocabularyError
from namegen.models import Bigram
from namegen.sampling.best_first import most_probable
from namegen.sampling.casing import change_case
from namegen.sampling.sampler import Sampler
from namegen.settings import BigramSettings, Constraints, SamplingSettings


def generator():
    return torch.Generator().manual_seed(1)


def test_case_is_changed_before_names_are_told_apart():
    model = Bigram(BigramSettings(), Vocabulary("Aa"))
    exclude = Names.of(["A"]).hashes()
    sampler = Sampler(model, 10, generator(), SamplingSettings(case="upper", max_length=3, max_tries=500), exclude)
    block, again = next(sampler), None
    with pytest.raises(SamplingError):
        again = list(sampler)
    assert again is None
    assert sorted(block) == ["AA", "AAA"]
    assert [name.upper() for name in sampler.model_names] == list(block)


def test_a_known_name_is_none_in_another_case_either():
    model = Bigram(BigramSettings(), Vocabulary("ab"))
    exclude = Names.of(["a", "ab"]).hashes().sort().values
    for repeats in (False, True):
        options = SamplingSettings(case="title", max_length=2, max_tries=500, allow_repeats=repeats)
        block = next(Sampler(model, 100, generator(), options, exclude))
        assert set(block) == {"B", "Aa", "Ba", "Bb"}


def test_a_known_name_is_not_new_because_its_marks_are_loose():
    names = ["mañ", "man", "max\u0303", "nax\u0303a", "ñan", "nañ", "anx\u0303", "xan", "aña", "x\u0303an", "nam"]
    trained = namegen.train(names=names, model="bigram", holdout=0)
    drawn = trained.sample(300, seed=1, max_length=6)
    for found in (drawn, trained.top(100)):
        assert all(unicodedata.is_normalized("NFC", name) for name in found)
        assert not set(found) & set(names)
    assert any("ñ" in name for name in drawn)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("keep", ["mary-ann d'arc", "ÉLAN"]),
        ("title", ["Mary-Ann D'Arc", "Élan"]),
        ("upper", ["MARY-ANN D'ARC", "ÉLAN"]),
        ("lower", ["mary-ann d'arc", "élan"]),
    ],
)
def test_cases(case, expected):
    assert list(change_case(Names.of(["mary-ann d'arc", "ÉLAN"]), case)) == expected


@pytest.mark.parametrize("case", get_args(Case))
def test_names_stay_in_normal_form_in_every_case(case):
    every = [chr(code) for code in range(0x20, 0x2FFFF) if not 0xD800 <= code < 0xE000]
    normal = [c for c in every if unicodedata.is_normalized("NFC", c) and c.isprintable() and not c.isspace()]
    spelled = change_case(Names.of(normal), case)
    assert len(spelled) == len(normal)
    assert all(unicodedata.is_normalized("NFC", name) for name in spelled)


@pytest.mark.parametrize("case", get_args(Case))
def test_the_most_probable_names_are_new_and_different_in_the_case_they_are_shown_in(case):
    model = Bigram(BigramSettings(), Vocabulary("ABab"))
    model.counts += torch.randint(0, 50, model.counts.shape, generator=generator())
    exclude = Names.of(["Aa", "b", "AB", "BA"]).hashes().sort().values
    spell = {"keep": str, "title": str.title, "upper": str.upper, "lower": str.lower}[case]
    listed = {"Aa", "b", "AB", "BA"}
    every = ["".join(letters) for n in (1, 2, 3) for letters in itertools.product("ABab", repeat=n)]
    found = most_probable(model, len(every), Constraints(max_length=3), None)
    ranked = dict(zip(found.names, found.log_probabilities.tolist(), strict=True))
    expected = {}
    for name, log in ranked.items():  # most probable first
        if name not in listed and spell(name) not in listed:
            expected.setdefault(spell(name), log)
    for n in (1, 5, len(expected)):
        asked = most_probable(model, n, Constraints(max_length=3), exclude, case=case)
        assert asked.complete
        assert asked.log_probabilities.tolist() == pytest.approx([*expected.values()][:n])
        assert set(asked.names) <= set(expected)
        assert len(set(asked.names)) == n
        assert [spell(name) for name in asked.model_names] == list(asked.names)


def test_a_spelling_that_is_unwanted_hides_no_other_that_is_spelled_alike():
    counted = namegen.train(
        names=["aba"] * 300 + ["b", "Ab"], model="bigram", smoothing=0, keep_duplicates=True, holdout=0
    )
    asked = {"max_length": 3, "case": "title"}
    assert set(counted.sample(4, seed=1, **asked)) == set(counted.top(4, **asked)) == {"A", "Aba", "Ba", "Bab"}


def alike(shown):
    return shown.replace("ß", "ss").lower()


@pytest.mark.parametrize("case", ["title", "upper", "lower"])
@pytest.mark.parametrize(
    ("wishes", "meets"),
    [
        ({"starts_with": "aB"}, lambda shown: alike(shown).startswith("ab")),
        ({"starts_with": ["A", "bß"]}, lambda shown: alike(shown).startswith(("a", "bss"))),
        ({"ends_with": "A", "contains": "b"}, lambda shown: alike(shown).endswith("a") and "b" in alike(shown)),
        ({"excludes": "A"}, lambda shown: "a" not in alike(shown)),
        ({"excludes": ["bA", "ß"]}, lambda shown: "ba" not in alike(shown) and "ss" not in alike(shown)),
        (
            {"starts_with": "S", "ends_with": "ss"},
            lambda shown: alike(shown).startswith("s") and alike(shown).endswith("ss"),
        ),
        ({"contains": "sS"}, lambda shown: "ss" in alike(shown)),
        ({"min_length": 4}, lambda shown: len(shown) >= 4),
        ({"matches": "A[Bb].*"}, lambda shown: re.fullmatch("A[Bb].*", shown)),
        ({"matches": "[a-z]+"}, lambda shown: re.fullmatch("[a-z]+", shown)),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_wishes_are_met_by_what_is_shown_in_either_case(case, wishes, meets):
    letters, longest = "ABabß", 4
    spelled = ["".join(name) for size in range(1, longest + 1) for name in itertools.product(letters, repeat=size)]
    known = ["ab", "Ba", "AAA"]
    shown = {by_hand(name, case) for name in spelled if name not in known} - set(known)
    expected = {name for name in shown if meets(name) and len(name) <= longest}
    model = Bigram(BigramSettings(), Vocabulary(letters))
    hashes = Names.of(known).hashes().sort().values
    found = most_probable(model, 10_000, Constraints(max_length=longest, **wishes), hashes, case=case).names
    assert set(found) == expected
    assert len(found) == len(expected)
    if not expected:
        return
    options = SamplingSettings(max_length=longest, case=case, **wishes)
    drawn = Sampler(model, len(expected), torch.Generator().manual_seed(1), options, hashes)
    assert sorted(itertools.chain(*drawn)) == sorted(expected)


def by_hand(name, case):
    return unicodedata.normalize("NFC", {"title": name.title(), "upper": name.upper(), "lower": name.lower()}[case])


def test_what_the_model_spelled_goes_with_each_name_that_is_shown():
    mixed = namegen.train(names=["ab", "ba", "Ab", "BA", "aBa"], model="bigram", holdout=0)
    sampler = mixed.blocks(20, seed=1, case="title", max_length=4)
    dropped = 0
    for block in sampler:
        assert list(change_case(sampler.model_names, "title")) == list(block)
        dropped += list(sampler.model_names) != list(block)
    assert dropped


@pytest.mark.parametrize("case", ["title", "upper", "lower"])
@pytest.mark.parametrize(
    ("letters", "wishes"),
    [
        ("σςα", {"ends_with": "Σ"}),
        ("σςα", {"starts_with": "ΑΣ"}),
        ("σςα", {"excludes": "σ"}),
        ("ıiIİ", {"starts_with": "ı"}),
        ("ıiIİ", {"contains": "İ"}),
        ("ŉnʼ", {"starts_with": "ʼN"}),
        ("եւև", {"contains": "Եւ"}),
        ("ǆdž", {"excludes": "ǅ"}),
    ],
    ids=str,
)
def test_letters_whose_case_is_peculiar_are_met_too(letters, wishes, case):
    ((wish, piece),) = wishes.items()
    spelled = ["".join(name) for size in (1, 2, 3) for name in itertools.product(letters, repeat=size)]
    tests = {
        "starts_with": str.startswith,
        "ends_with": str.endswith,
        "contains": str.__contains__,
        "excludes": lambda name, part: part not in name,
    }
    kept = {change_case(Names.of([name]), case)[0] for name in spelled if tests[wish](name.upper(), piece.upper())}
    model = Bigram(BigramSettings(), Vocabulary("".join(sorted(letters))))
    found = most_probable(model, 10_000, Constraints(max_length=3, **wishes), case=case).names
    assert set(found) == {name for name in kept if len(name) <= 3}


def test_of_a_name_that_can_be_spelled_in_several_ways_the_most_probable_counts():
    model = namegen.train(names=["aß", "aß", "ass", "a"], model="bigram", holdout=0, smoothing=0.5)
    asked = {"case": "upper", "allow_known": True, "min_length": 3, "max_length": 3}
    found = model.most_probable(300, starts_with="as", **asked)
    at = list(found.names).index("ASS")
    assert found.model_names[at] == "aß"
    drawn = list(itertools.islice(model.stream(seed=1, starts_with="as", allow_repeats=True, **asked), 20_000))
    freely = [n for n in itertools.islice(model.stream(seed=2, allow_repeats=True, **asked), 60_000) if n[:2] == "AS"]
    share, expected = (names.count("ASS") / len(names) for names in (drawn, freely))
    assert share == pytest.approx(expected, abs=0.02)


def test_wishes_in_either_case_that_cannot_be_met_are_told_in_the_words_they_came_in():
    model = Bigram(BigramSettings(), Vocabulary("abß"))
    for wishes, error, said in (
        ({"starts_with": "aB", "excludes": "b"}, UsageError, "starts with 'aB' and excludes 'b' contradict each other"),
        ({"ends_with": "aQ"}, VocabularyError, "never saw the character 'Q'"),
        ({"starts_with": "aS"}, None, ""),
        ({"starts_with": "sA"}, SamplingError, "No name of this model begins so"),
    ):
        with nullcontext() if error is None else pytest.raises(error, match=said):
            Sampler(model, 1, torch.Generator(), SamplingSettings(case="upper", **wishes))


def test_a_beginning_that_can_be_spelled_in_thousands_of_ways_is_met():
    letters = "abcdeABCDE"
    model = Bigram(BigramSettings(), Vocabulary("".join(sorted(letters))))
    wished = "abcdeabcde"
    options = SamplingSettings(case="lower", starts_with=wished, max_length=12, allow_repeats=True, max_tries=1 << 62)
    names = list(itertools.chain(*Sampler(model, 20, torch.Generator().manual_seed(1), options)))
    assert len(names) == 20
    assert all(name.startswith(wished) for name in names)


def test_what_is_shown_may_be_shorter_than_what_the_model_spells():
    model = namegen.train(names=["H\u0331", "aH\u0331"], model="bigram", holdout=0)
    assert "\N{LATIN SMALL LETTER H WITH LINE BELOW}" in model.top(5, case="lower", allow_known=True, max_length=1)
