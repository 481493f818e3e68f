"""Names are drawn from the model and from nothing else: exactly, again with the same seed, new, and once."""

import itertools
import re
from itertools import islice

import pytest
import torch
from references import assert_drawn_from, exact_distribution

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SamplingError, VocabularyError
from namegen.models import MLP, Bigram, Blend, Ngram
from namegen.sampling.filter import NO_NAMES, KnownNames, NameFilter
from namegen.sampling.generator import NameGenerator
from namegen.sampling.next_token import NextToken, shape
from namegen.sampling.other_lists import OtherLists
from namegen.sampling.sampler import Sampler
from namegen.settings import (
    BigramSettings,
    Constraints,
    MLPSettings,
    NameSettings,
    NgramSettings,
    SamplingParameters,
    SamplingSettings,
)
from namegen.training.fit import count

LETTERS = "abc"
LONGEST = 5


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


def new_generator(model, parameters=SamplingParameters(), constraints=Constraints()):
    return NameGenerator(model, generator(), parameters, NameFilter(constraints, model.vocabulary))


@pytest.fixture(scope="module")
def bigram():
    """A bigram of three letters, none of its rows like another."""
    model = Bigram(BigramSettings(smoothing=0.5), Vocabulary(LETTERS))
    count(model, Names.of(["abba", "caba", "bac", "a", "cc", "abc", "bbb", "cab"]))
    return model


def draw(model, n, not_in=(), excludes_from=(), **options):
    others = OtherLists.of(NameSettings(not_in=not_in, excludes_from=excludes_from))
    settings = SamplingSettings.of(allow_repeats=True, **options)
    sampler = Sampler(model, n, generator(), settings, KnownNames(NO_NAMES.hashes, others=others))
    return [name for block in sampler for name in block]


@pytest.mark.parametrize(
    ("constraints", "meets"),
    [
        ({}, lambda name: True),
        ({"starts_with": "ab"}, lambda name: name.startswith("ab")),
        ({"starts_with": ("c", "ab", "abb")}, lambda name: name.startswith(("c", "ab"))),
        ({"ends_with": ("ba", "c")}, lambda name: name.endswith(("ba", "c"))),
        ({"contains": ("a", "bb")}, lambda name: "a" in name and "bb" in name),
        ({"excludes": "c"}, lambda name: "c" not in name),
        ({"excludes": ("ab", "cc")}, lambda name: "ab" not in name and "cc" not in name),
        ({"not_in": ["AB", "c"]}, lambda name: name not in ("ab", "c")),
        ({"excludes_from": ["AÁ", "cab", "bbb"]}, lambda name: not re.search("aa|cab|bbb", name)),
        ({"min_length": 3}, lambda name: len(name) >= 3),
        ({"max_length": 3}, lambda name: len(name) <= 3),
        ({"matches": "a.*|.b+"}, lambda name: name[0] == "a" or (len(name) > 1 and set(name[1:]) == {"b"})),
        (
            {"starts_with": "a", "excludes": "c", "min_length": 2, "ends_with": "a"},
            lambda name: name[0] == "a" and name[-1] == "a" and "c" not in name and len(name) > 1,
        ),
    ],
    ids=lambda given: str(given) if isinstance(given, dict) else "",
)
def test_names_come_as_often_as_the_model_says_given_the_constraints(bigram, constraints, meets):
    exact = exact_distribution(bigram.probabilities().double().tolist(), LETTERS, LONGEST, meets)
    assert_drawn_from(exact, draw(bigram, 10_000, **{"max_length": LONGEST} | constraints))


@pytest.mark.parametrize(
    ("temperature", "prefixes", "number", "batch_size"),
    [(0.5, [""], 10_000, 4096), (0.5, ["ca", "b"], 10_000, 4096), (1.0, [""], 1_000, 7)],
    ids=["temperature", "temperature and several beginnings", "small blocks"],
)
def test_temperature_bends_every_step_and_blocks_of_any_size_are_drawn_alike(
    bigram, temperature, prefixes, number, batch_size
):
    matrix = bigram.probabilities().double() ** (1 / temperature)
    matrix /= matrix.sum(1, keepdim=True)
    exact = exact_distribution(matrix.tolist(), LETTERS, LONGEST, lambda name: name.startswith(tuple(prefixes)))
    options = {"temperature": temperature, "starts_with": [*filter(None, prefixes)], "batch_size": batch_size}
    assert_drawn_from(exact, draw(bigram, number, max_length=LONGEST, **options))


@pytest.mark.parametrize(
    ("parameters", "in_proportion"),
    [
        ({"top_k": 2}, [0.5, 0.3, 0]),
        ({"top_p": 0.6}, [0.5, 0.3, 0]),
        ({"temperature": 0.5}, [0.5**2, 0.3**2, 0.2**2]),
        ({"temperature": 2.0}, [0.5**0.5, 0.3**0.5, 0.2**0.5]),
    ],
    ids=lambda given: str(given) if isinstance(given, dict) else "",
)
def test_top_k_and_top_p_keep_the_likeliest_tokens_and_temperature_is_a_power_of_each(parameters, in_proportion):
    shaped = shape(torch.tensor([[0.5, 0.3, 0.2]]).log(), SamplingParameters(**parameters))
    torch.testing.assert_close(shaped[0], torch.tensor(in_proportion) / sum(in_proportion))


def test_one_at_a_time_a_bigram_gives_what_the_loop_written_by_hand_gives():
    names = Names.of(namegen.read_corpus("irish").names)
    model = Bigram(BigramSettings(), Vocabulary.of(names))
    count(model, Names.of(names))
    counts = torch.zeros(model.vocabulary.size, model.vocabulary.size, dtype=torch.int32)
    for name in names:
        path = [0, *(model.vocabulary.characters.index(c) + 1 for c in name), 0]
        for a, b in itertools.pairwise(path):
            counts[a, b] += 1
    p = (counts + 1).float()
    p /= p.sum(1, keepdim=True)
    g = generator(2147483647)
    by_hand = []
    while len(by_hand) < 100:
        ix, letters = 0, []
        while True:
            ix = torch.multinomial(p[ix], num_samples=1, replacement=True, generator=g).item()
            if ix == 0:
                break
            letters.append(model.vocabulary.characters[ix - 1])
        by_hand += ["".join(letters)] if letters else []
    sampler = Sampler(model, 100, generator(2147483647), SamplingSettings(batch_size=1, allow_repeats=True))
    assert [name for block in sampler for name in block] == by_hand


@pytest.mark.parametrize("k", [1, 10, 255, 256, 257, 2000])
def test_the_first_names_of_a_seed_do_not_depend_on_how_many_are_requested(irish_bigram, k):
    assert (
        irish_bigram.sample(k, seed=5)
        == irish_bigram.sample(3000, seed=5)[:k]
        == list(islice(irish_bigram.stream(seed=5), k))
    )


def test_drawing_leaves_the_global_random_state_alone(irish_bigram):
    before = torch.get_rng_state()
    irish_bigram.sample(10)
    assert torch.equal(before, torch.get_rng_state())


def test_names_are_new_and_come_once_unless_that_is_allowed(irish_bigram):
    listed = set(namegen.read_corpus("irish").names)
    names = irish_bigram.sample(2000, case="lower", raw=True)
    assert len(set(names)) == 2000
    assert not listed & set(names)
    free = irish_bigram.sample(2000, allow_known=True, allow_repeats=True, case="lower", raw=True)
    assert listed & set(free)
    assert len(set(free)) < 2000
    known = irish_bigram.sample(2000, allow_known=True, case="lower", raw=True)
    assert listed & set(known)
    assert len(set(known)) == 2000


@pytest.mark.parametrize(("batch_size", "longest", "exist"), [(1, 1, 3), (100, 2, 12), (4096, 2, 12)])
def test_a_request_for_more_names_than_exist_ends_with_a_count(bigram, batch_size, longest, exist):
    tries = 50 * exist
    options = SamplingSettings(max_length=longest, batch_size=batch_size, max_tries=tries)
    sampler = Sampler(bigram, 100, generator(), options)
    found = []

    def take_all():
        for block in sampler:
            found.extend(block)

    said = rf"^Found {exist} of 100 names; [\d,]+ samples were drawn, the last [\d,]+ were all rejected\. "
    with pytest.raises(SamplingError, match=said):
        take_all()
    lengths = range(1, longest + 1)
    assert sorted(found) == sorted("".join(some) for n in lengths for some in itertools.product(LETTERS, repeat=n))
    assert sampler.found == exist
    assert sampler.tried >= tries + exist


@pytest.mark.parametrize("constraint", ["starts_with", "ends_with", "contains"])
def test_a_character_that_the_model_does_not_know_is_named(irish_bigram, constraint):
    with pytest.raises(VocabularyError, match=r"does not know the character '8' \(U\+0038\)"):
        irish_bigram.sample(1, **{constraint: "a8"})


def test_a_prefix_of_probability_0_is_refused():
    model = Bigram(BigramSettings(smoothing=0), Vocabulary("ab"))
    count(model, Names.of(["ab"]))
    with pytest.raises(SamplingError, match="gives this prefix probability 0"):
        Sampler(model, 1, generator(), SamplingSettings(starts_with=("ba", "bb")))
    with pytest.raises(SamplingError, match=r"probability 0\. Choose another one, or raise `top_k`\."):
        Sampler(model, 1, generator(), SamplingSettings(starts_with="bb", top_k=1))


def test_prefixes_whose_probability_is_too_small_for_a_number_keep_their_weights():
    model = Bigram(BigramSettings(smoothing=0), Vocabulary("abc"))
    count(model, Names.of(["abc"] * 8 + ["acb"] * 5 + ["bac", "cab"]))
    prefixes = ["acb" * 5, "acb" * 4 + "cba"]
    cold = new_generator(model, SamplingParameters(temperature=0.01), Constraints.of(starts_with=prefixes))
    with torch.inference_mode():
        logs = (model.log_probabilities(torch.arange(4)[:, None]).double() / 0.01).log_softmax(1)
    tokens = [[0, *model.vocabulary.encode([prefix]).tolist()] for prefix in prefixes]
    sums = [sum(float(logs[pair]) for pair in itertools.pairwise(one)) for one in tokens]
    assert max(sums) < -750  # whose exponential is 0
    torch.testing.assert_close(cold.prefix_weights, torch.tensor(sums, dtype=torch.float64).softmax(0))


def other_models():
    names = namegen.read_corpus("irish").names
    vocabulary = Vocabulary.of(names)
    ngram = Ngram(NgramSettings(order=4), vocabulary)
    count(ngram, Names.of(names))
    mlp = MLP(MLPSettings(context_size=5, embedding_size=4, hidden_size=16), vocabulary)
    mlp.initialise(generator())
    mlp.eval().requires_grad_(False)
    return [ngram, mlp, Blend.of([ngram, mlp])]


@pytest.mark.parametrize("model", other_models(), ids=lambda model: model.family)
def test_cached_probabilities_are_those_of_the_model(model):
    drawer = new_generator(model)
    assert list(drawer.draw(500)) == list(new_generator(model).draw(500))
    drawer.draw(500)
    next_token = drawer.next_token
    held = next_token.keys[next_token.keys >= 0]
    assert len(held) > 100
    places = torch.arange(model.context_size).flip(0)
    contexts = (held[:, None] // model.vocabulary.size**places) % model.vocabulary.size
    expected = torch.cat([model.log_probabilities(part) for part in contexts.split(500)]).exp()
    torch.testing.assert_close(next_token.probabilities(contexts, held), expected, rtol=1e-4, atol=1e-6)


def test_a_small_cache_changes_no_sample(monkeypatch):
    model = other_models()[0]
    expected = list(new_generator(model).draw(3000))
    monkeypatch.setattr("namegen.sampling.next_token.CACHE_NUMBERS", 8 * model.vocabulary.size)
    assert list(new_generator(model).draw(3000)) == expected


def test_few_probabilities_are_handled_at_once_however_large_the_vocabulary(bigram, monkeypatch):
    for module in ("generator", "next_token"):
        monkeypatch.setattr(f"namegen.sampling.{module}.CHUNK_NUMBERS", 8)
    asked, drawn_for = [], []
    probabilities, multinomial = NextToken.probabilities, torch.multinomial

    def watched(self, contexts, keys):
        asked.append(len(contexts))
        return probabilities(self, contexts, keys)

    def counted(weights, *rest, **more):
        drawn_for.append(weights.numel())
        return multinomial(weights, *rest, **more)

    monkeypatch.setattr(NextToken, "probabilities", watched)
    monkeypatch.setattr(torch, "multinomial", counted)
    names = draw(bigram, 200, max_length=LONGEST)
    assert max(asked) == max(drawn_for) // 4 == 2
    assert max(map(len, names)) <= LONGEST


def test_the_error_names_what_may_be_changed(bigram):
    def said(**options):
        with pytest.raises(SamplingError) as error:
            list(Sampler(bigram, 10_000, generator(), SamplingSettings(max_length=2, max_tries=300, **options)))
        return str(error.value)

    assert "pass `allow_repeats=True`" in said()
    assert "Request fewer names, loosen `max_length`, raise `temperature` or" in said()
    assert "loosen `contains` or `max_length`" in said(contains="a")
    assert ("raise `temperature`" in said(), "top_k" in said()) == (True, False)
    assert re.search(r"raise `top_k`, raise `top_p`, raise `temperature`", said(top_k=2, top_p=0.9))
    assert ("raise `top_k`" in said(top_k=1), "temperature" in said(top_k=1)) == (True, False)
    endless = Sampler(bigram, 0, generator(), SamplingSettings(max_length=1, max_tries=300))
    with pytest.raises(SamplingError, match=r"rejected\. Loosen `max_length`, raise `temperature` or pass"):
        list(endless)
    constraints = {"contains": "abc", "max_length": 3, "starts_with": "c"}
    with pytest.raises(SamplingError) as error:
        list(Sampler(bigram, 5, generator(), SamplingSettings(max_tries=300, allow_repeats=True, **constraints)))
    assert "allow_repeats" not in str(error.value)
    assert "allow_known" not in str(error.value)  # nothing is known here


def test_the_error_says_which_lengths_are_those_of_the_list(irish_bigram):
    def said(**options):
        with pytest.raises(SamplingError) as error:
            irish_bigram.sample(5, max_tries=300, **options)
        return str(error.value)

    low, high = irish_bigram.record.usual_lengths
    lower, higher = (f"(by default {length}, from the list)" for length in (low, high))
    beyond = f"loosen `matches`, lower `min_length` {lower}, raise `max_length` {higher}, raise `temperature` or"
    assert beyond in said(matches="j{30}")
    assert "length" not in said(min_length=40).replace("loosen `min_length`, raise `temp", "")
    assert "length" not in said(matches="j{30}", raw=True)
    assert "lower `min_p`" in said(matches="j{30}", min_p=0.2)
    assert "from the list" not in said(min_length=3, max_length=4, matches="j+")
