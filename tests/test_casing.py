"""Capitals: names are learned and compared without them, and they are put on last, as the list is written."""

import itertools
import unicodedata
from typing import get_args

import pytest
import torch

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.models import Bigram
from namegen.sampling.best_first import most_probable
from namegen.sampling.casing import change_case
from namegen.sampling.filter import KnownNames
from namegen.sampling.sampler import Sampler
from namegen.settings import BigramSettings, Case, Constraints, SamplingSettings


def known(names, *, letter_for_letter=False):
    hashes = Names.of(names).hashes(folded=not letter_for_letter)
    return KnownNames(hashes.sort().values, letter_for_letter)


def every_name(model, *, known_names=None, **constraints):
    """All names of a model that meet constraints, sampled until there is no other."""
    expected = list(most_probable(model, 10_000, Constraints(**constraints), known_names).names)
    sampler = Sampler(
        model, len(expected), torch.Generator().manual_seed(1), SamplingSettings(**constraints), known_names
    )
    alike = [sorted(name.casefold() for name in names) for names in (itertools.chain(*sampler), expected)]
    assert alike[0] == alike[1]
    return set(expected)


def test_cases():
    for case, expected in {
        "keep": ["mary-ann d'arc", "ÉLAN"],
        "title": ["Mary-Ann D'Arc", "Élan"],
        "upper": ["MARY-ANN D'ARC", "ÉLAN"],
        "lower": ["mary-ann d'arc", "élan"],
    }.items():
        assert list(change_case(Names.of(["mary-ann d'arc", "ÉLAN"]), case)) == expected


@pytest.mark.parametrize("case", get_args(Case))
def test_names_stay_in_normal_form_in_every_case(case):
    every = [chr(code) for code in range(0x20, 0x2FFFF) if not 0xD800 <= code < 0xE000]
    normal = [c for c in every if unicodedata.is_normalized("NFC", c) and c.isprintable() and not c.isspace()]
    shown = change_case(Names.of(normal), case)
    assert len(shown) == len(normal)
    assert all(unicodedata.is_normalized("NFC", name) for name in shown)


@pytest.mark.parametrize("shown", [str.title, str.upper, str.lower])
def test_names_are_learned_in_small_letters_and_shown_as_the_list_is_written(shown, tmp_path):
    trained = namegen.train(names=map(shown, ["khardun", "mogar", "drum"]), model="bigram", holdout=0)
    trained.save(tmp_path / "m.safetensors")
    for model in (trained, namegen.load(tmp_path / "m.safetensors")):
        assert model.model.vocabulary.characters == "".join(sorted({*"khardunmogardrum"}))
        found = model.sample(20, seed=1, max_length=8)
        assert found == [shown(name) for name in found]
        assert model.sample(20, seed=1, max_length=8, case="lower") == [name.lower() for name in found]
        assert [shown(name) for name in model.top(5)] == model.top(5)


def test_a_name_on_the_list_is_not_new_in_other_capitals():
    model = namegen.train(names=["Ab", "BA", "aab"], model="bigram", holdout=0)
    listed = {"ab", "ba", "aab"}
    found = {name.lower() for name in model.top(200, max_length=3, min_distance=1)}
    assert not found & listed
    assert found | listed == {name.lower() for name in model.top(200, max_length=3, allow_known=True)}


def test_names_that_are_equal_case_folded_are_accepted_once():
    model = Bigram(BigramSettings(), Vocabulary("asß"))
    found = {name.casefold() for name in every_name(model, max_length=3)}
    assert len(found) == len(every_name(model, max_length=3))
    assert "aß" not in every_name(model, known_names=known(["ASS"]), max_length=3)


def test_a_model_of_format_1_compares_names_letter_for_letter():
    model = Bigram(BigramSettings(), Vocabulary("Aa"))
    found = every_name(model, known_names=known(["A", "aa"], letter_for_letter=True), max_length=2)
    assert found == {"a", "AA", "Aa", "aA"}


def test_of_names_that_are_equal_case_folded_the_most_probable_is_among_the_best():
    model = namegen.train(names=["aß", "aß", "Aß", "ass", "a"], model="bigram", holdout=0, keep_duplicates=True)
    assert {"aß", "ass"} & {*model.top(10, allow_known=True, case="lower")} == {"aß"}


def test_a_known_name_is_not_new_because_its_marks_are_loose():
    names = ["mañ", "man", "max\u0303", "nax\u0303a", "ñan", "nañ", "anx\u0303", "xan", "aña", "x\u0303an", "nam"]
    trained = namegen.train(names=names, model="bigram", holdout=0)
    drawn = trained.sample(300, seed=1, max_length=6)
    for found in (drawn, trained.top(100)):
        assert all(unicodedata.is_normalized("NFC", name) for name in found)
        assert not set(found) & set(names)
    assert any("ñ" in name for name in drawn)


@pytest.mark.parametrize(
    ("constraints", "meets"),
    [
        ({"starts_with": "aB"}, lambda name: name.startswith("ab")),
        ({"starts_with": ("A", "ba")}, lambda name: name.startswith(("a", "ba"))),
        ({"ends_with": "A", "contains": "B"}, lambda name: name.endswith("a") and "b" in name),
        ({"excludes": "bA"}, lambda name: "ba" not in name),
        ({"matches": "A[Bb].*"}, lambda name: name.startswith("ab")),
    ],
    ids=["beginning", "beginnings", "ending and piece", "excluded", "pattern"],
)
def test_constraints_are_met_whatever_their_capitals(constraints, meets):
    model = Bigram(BigramSettings(), Vocabulary("ab"))
    everything = every_name(model, max_length=3)
    assert every_name(model, max_length=3, **constraints) == set(filter(meets, everything))
