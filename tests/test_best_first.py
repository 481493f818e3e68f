"""The most probable names, compared with an enumeration of all names."""

import itertools
import re
from functools import cache

import pytest
import torch

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.models import Bigram, Ngram
from namegen.sampling.best_first import most_probable
from namegen.settings import BigramSettings, Constraints, NgramSettings
from namegen.training.fit import count

LISTED = ["abba", "caba", "bac", "a", "cc", "abc", "bbb", "cab", "abab", "ca"]


def counted(model):
    count(model, Names.of(LISTED))
    return model


BIGRAM = counted(Bigram(BigramSettings(smoothing=0.5), Vocabulary("abc")))
TRIGRAM = counted(Ngram(NgramSettings(order=3), Vocabulary("abc")))


@cache
def all_names(model, longest):
    """Every name of at most so many letters with ln p, most probable first, asked letter by letter."""
    found = []
    for n in range(1, longest + 1):
        for letters in itertools.product(range(1, model.vocabulary.size), repeat=n):
            padded = [0] * model.context_size + [*letters, 0]
            windows = torch.tensor([padded[i : i + model.context_size] for i in range(n + 1)])
            logs = model.log_probabilities(windows).double()[torch.arange(n + 1), torch.tensor([*letters, 0])]
            found.append((float(logs.sum()), "".join(model.vocabulary.characters[i - 1] for i in letters)))
    return sorted(found, key=lambda pair: (-round(pair[0], 9), pair[1]))


@pytest.mark.parametrize("model", [BIGRAM, TRIGRAM], ids=["bigram", "trigram"])
@pytest.mark.parametrize(
    ("constraints", "meets"),
    [
        ({}, lambda name: True),
        ({"starts_with": ("ca", "b")}, lambda name: name.startswith(("ca", "b"))),
        ({"ends_with": "ab", "min_length": 4}, lambda name: name.endswith("ab") and len(name) >= 4),
        ({"contains": "cc", "excludes": ("ab", "bb")}, lambda n: "cc" in n and "ab" not in n and "bb" not in n),
        ({"excludes": "a"}, lambda name: "a" not in name),
        ({"matches": "(ab)*c?a.*"}, None),
        ({"matches": r"a\w+?(?<!b)"}, None),
        ({"matches": "(?!c.$)c.+"}, None),
    ],
    ids=lambda given: str(given) if isinstance(given, dict) else "",
)
@pytest.mark.parametrize("n", [1, 7, 60])
def test_the_n_best_names_are_the_first_n_of_all(model, constraints, meets, n):
    if "matches" in constraints:

        def meets(name, compiled=re.compile(constraints["matches"])):
            return compiled.fullmatch(name)

    longest = 6
    expected = [(log, name) for log, name in all_names(model, longest) if meets(name)][:n]
    found = most_probable(model, n, Constraints(max_length=longest, **constraints))
    assert found.complete
    logs = found.log_probabilities.tolist()
    assert logs == pytest.approx([log for log, _ in expected])
    assert sorted(logs, reverse=True) == logs
    by_probability = {(round(log, 5), name) for log, name in zip(logs, found.names, strict=True)}
    assert by_probability == {(round(log, 5), name) for log, name in expected}


def test_ties_are_in_the_order_of_spelling():
    uniform = Bigram(BigramSettings(), Vocabulary("ab"))
    assert list(most_probable(uniform, 5).names) == ["a", "b", "aa", "ab", "ba"]


def test_where_the_work_is_too_much_only_what_is_certain_is_given():
    found = most_probable(BIGRAM, 1000, max_prefixes=500)
    assert not found.complete
    assert "given up" in found.failure(1000)
    certain = len(found.names)
    assert 0 < certain < 1000
    assert list(found.names) == list(most_probable(BIGRAM, certain).names)


def test_where_prefixes_were_forgotten_only_what_is_certain_is_given(monkeypatch):
    expected = list(most_probable(BIGRAM, 300).names)
    for most_kept in (300, 3_000, 30_000):
        monkeypatch.setattr("namegen.sampling.best_first.MOST_KEPT", most_kept)
        found = most_probable(BIGRAM, 300)
        assert list(found.names) == expected[: len(found.names)]
        assert found.complete == (len(found.names) == 300)
        assert len(found.names) > most_kept / 300
    assert found.complete


def test_new_names_of_a_trained_model_in_falling_order(irish_ngram):
    listed = set(namegen.read_corpus("irish").names)
    names = irish_ngram.top(50, raw=True, case="lower")
    assert len(set(names)) == 50
    assert not listed & set(names)
    logs = [row.log_probability for row in irish_ngram.score(names)]
    assert all(a >= b - 1e-6 for a, b in itertools.pairwise(logs))
    drawn = irish_ngram.score(irish_ngram.sample(2000, raw=True))
    assert {row.name for row in drawn if row.log_probability > logs[-1] + 1e-6} <= set(names)
    assert listed & set(irish_ngram.top(50, allow_known=True, case="lower"))
