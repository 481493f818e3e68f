"""The page with a model inside: what its JavaScript computes and draws, and how the file is written.

The JavaScript runs in V8, without a browser; `test_export_page_browser` opens the page in one, and
`test_export_page_markup` reads its HTML.
"""

import json
import re

import pytest
import torch
from export_models import EVERY_FAMILY, hundred_contexts, in_memory, model_of, network
from export_parts import InV8
from references import assert_drawn_from

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import ModelFileError, UsageError
from namegen.evaluation.losses import evaluate
from namegen.export import write_export
from namegen.export.packing import MAX_COST, rounded_model
from namegen.export.page import page_of
from namegen.models import Bigram, Blend
from namegen.sampling.casing import change_case
from namegen.sampling.next_token import shape
from namegen.settings import BigramSettings, SamplingParameters


@pytest.fixture(scope="module", params=EVERY_FAMILY)
def exported(request):
    trained = model_of(request.param)
    return trained, page_of(trained)


@pytest.fixture(scope="module")
def irish():
    return InV8(page_of(model_of("ngram")))


def test_every_family_gives_in_javascript_the_probabilities_of_python(exported):
    trained, page = exported
    contexts = hundred_contexts(trained.model)
    assert len(contexts) == 100
    found = InV8(page)(f"{contexts.tolist()}.map((context) => [...sampler.model.probabilities(context)])")
    expected = rounded_model(trained.model, page.precision).log_probabilities(contexts)
    torch.testing.assert_close(torch.tensor(found).log(), expected, atol=1e-3, rtol=0)


def test_counts_are_not_rounded_and_a_trained_network_is_rounded_to_eight_bits_at_almost_no_cost():
    assert {page_of(model_of(name)).precision for name in ("bigram", "ngram")} == {"float32"}
    trained = namegen.train("irish", model="mlp", preset="lecture", epochs=4)
    page = page_of(trained)
    test = trained.read_split().test
    found = evaluate(rounded_model(trained.model, "int8"), test).loss - trained.evaluate(test).loss
    assert (page.precision, page.cost) == ("int8", pytest.approx(found))
    assert abs(found) < MAX_COST
    facts = dict(InV8(page)("content.models[0].facts"))
    assert facts["Weights"] == f"rounded to int8, which changes the loss by {found:+z.4f}"


def test_weights_that_eight_or_sixteen_bits_cannot_hold_keep_more():
    wide = network("abcdefgh", hidden_layers=0, context_size=1, embedding_size=16)
    wide.embedding.data[:, 0] = 0
    wide.output.weight.data[:, 0] = 3e4  # never multiplied by anything but 0, and leaves no steps for the others
    assert page_of(in_memory(wide)).precision == "float16"
    wide.output.weight.data[:, 0] = 1e6  # more than float16 can hold
    assert page_of(in_memory(wide)).precision == "float32"


def test_drawn_names_are_new_and_never_come_twice(irish):
    known = set(namegen.read_corpus("irish").names)
    drawn = [name for name in irish.draw(3000) if name]
    assert len(drawn) > 1000
    assert len(set(drawn)) == len(drawn)
    assert not known & set(drawn)
    assert known & set(irish.draw(3000, allowKnown=True))


def test_a_seed_gives_the_same_names_and_another_seed_others(irish):
    assert irish.draw(50) == irish.draw(80)[:50]
    assert irish.draw(50) != irish.draw(50, seed=2)


def test_constraints_are_met(irish):
    drawn = [n for n in irish.draw(8000, start="mu", end="n", min=4, max=7, temperature=1.3) if n]
    assert len(drawn) > 10
    assert all(n.startswith("mu") and n.endswith("n") and 4 <= len(n) <= 7 for n in drawn)


def test_no_name_is_empty_or_begins_or_ends_with_a_space():
    uniform = in_memory(Bigram(BigramSettings(), Vocabulary(" a")))
    drawn = [name for name in InV8(page_of(uniform)).draw(300, max=4) if name is not None]
    assert "a a" in drawn
    assert all(name and name == name.strip() for name in drawn)


@pytest.mark.parametrize(("temperature", "min_p"), [(1, 0), (0.5, 0), (1.7, 0.1)])
def test_letters_come_as_often_as_in_python_given_temperature_and_min_p(irish, temperature, min_p):
    draws, given = 4_000, json.dumps({"temperature": temperature, "minP": min_p, "start": "m", "max": 99})
    found = irish(f"((r) => Array.from({{length: {draws}}}, () => sampler.drawOne(r, {given})))"
                  "(randomNumbers(6))")  # fmt: skip
    model = model_of("ngram").model
    context = torch.tensor([[0] * (model.context_size - 1) + model.vocabulary.encode(["m"]).tolist()])
    parameters = SamplingParameters(temperature=temperature, min_p=min_p)
    (exact,) = shape(model.log_probabilities(context), parameters).tolist()
    letters = ["", *model.vocabulary.characters]
    assert_drawn_from(dict(zip(letters, exact, strict=True)), [name[1:2] for name in found])


def test_surprisal_is_that_of_score(irish):
    (expected,) = model_of("ngram").score(["lorcanna"])
    assert irish("sampler.surprisal('lorcanna')") == pytest.approx([nats for _, nats in expected.letters], 1e-3)


def test_letters_are_taken_in_the_case_that_the_model_knows(irish):
    assert irish("[sampler.spell('MuĄ'), sampler.unknown('muĄ9Ą')]") == ["muĄ", ["Ą", "9"]]


def test_names_are_hashed_case_folded_as_in_python():
    names = ["straße", "ǰan", "ςaσ", "ŉa", "éa"]
    sampler = InV8(page_of(in_memory(network("".join(sorted({*"".join(names), *"sqj"}))), ["STRASSE", "ǰAN", "ΣΑΣ"])))
    tried = {"straße": True, "strasse": True, "ǰan": True, "strase": False, "ja": False}
    assert sampler(f"{json.dumps([*tried])}.map((name) => sampler.isKnown(name))") == [*tried.values()]
    folded = list(Names.of(names).folded())
    assert sampler(f"{json.dumps(names)}.map((name) => folded(name))") == folded


def test_a_model_of_format_1_that_learned_capitals_knows_names_letter_for_letter():
    trained = in_memory(network("Aan"))
    trained.letter_for_letter = True
    trained.train_hashes = Names.of(["Anna"]).hashes(folded=False)
    assert InV8(page_of(trained))("['Anna', 'anna'].map((name) => sampler.isKnown(name))") == [True, False]


def test_the_same_name_in_other_capitals_comes_once():
    trained = in_memory(network("aA"))
    drawn = [name for name in InV8(page_of(trained)).draw(400, max=1) if name]
    assert len(drawn) == 1


@pytest.mark.parametrize("case", ["title", "upper", "lower", "keep"])
def test_names_are_displayed_in_each_case_as_by_the_command_line(case):
    names = ["თვკ-ელ", "ǆan ǳe", "ŉa", "ⅳa", "anna-lena", "o'neil", "ZOE", "d’arc", "d'a", "ὀδυσσεύς", "ii’x"]
    names += ["éa ñu", "ßa", "x-", "öre -y", "1a", "_b"]
    names += ["ƛɤ"] if case in ("lower", "keep") else []  # V8 has capitals that Unicode added later than Python 3.11
    letters = "".join(sorted({*"".join(names)}))
    displayed = InV8(page_of(in_memory(network(letters))))(f"{json.dumps(names)}.map((n) => inCase(n, '{case}'))")
    assert displayed == list(change_case(Names.of(names), case))


def test_export_writes_the_page_and_says_what_the_rounding_of_weights_costs(tmp_path):
    exact = write_export(model_of("ngram"), tmp_path / "irish.html")
    assert (tmp_path / "irish.html").read_text("utf-8") == page_of(model_of("ngram")).text
    assert (exact.precision, exact.cost, exact.remark) == ("float32", 0, "Open it in a browser.")
    rounded = write_export(in_memory(network("abc")), tmp_path / "abc.html")
    assert rounded.precision == "int8"
    assert re.search(r"rounded to int8, which changes the loss by [+-]0\.00\d\d nats per character\.", rounded.remark)


def test_a_family_that_the_page_cannot_compute_is_refused(monkeypatch):
    counted = in_memory(Bigram(BigramSettings(), Vocabulary("ab")))
    blend = in_memory(Blend.of([counted.model]))
    monkeypatch.setattr(Bigram, "family", "trigram")
    for trained in (counted, blend):
        with pytest.raises(UsageError, match=r"cannot compute the family 'trigram', only bigram, ngram, mlp and"):
            page_of(trained)


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be written"):
        model_of("ngram").export(tmp_path / "no" / "folder.html")
