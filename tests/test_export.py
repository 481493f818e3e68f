"""Exported models give the same probabilities as in Python: in ONNX Runtime, and by a reader that knows only JSON."""

import json
import math
import sys
import unicodedata
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from export_models import EVERY_FAMILY, hundred_contexts, in_memory, model_of
from references import slow_hash

import namegen
from namegen.api import TrainedModel
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import NamegenError, UsageError
from namegen.export import write_export
from namegen.export.json_file import json_of
from namegen.export.onnx_graph import onnx_of
from namegen.models import CountModel
from namegen.settings import BigramSettings

IRISH = list(namegen.read_corpus("irish").names[:300])
MANY = [chr(0x4E00 + i) * 2 for i in range(400)]
FRENCH = ["Éléonore", "Zoë", "Anaïs", "noé", "d'arc", "le roy", "ÿ", "Œuvrard", "a.b", "李", "groß"]
MODELS = EVERY_FAMILY | {
    **{f"ngram of order {n}": lambda n=n: namegen.train(names=IRISH, model="ngram", order=n) for n in (3, 8)},
    "ngram of many characters": lambda: namegen.train(names=MANY, model="ngram", holdout=0.0),
    "blend with what is impossible": lambda: namegen.blend(
        [namegen.train(names=IRISH, model="bigram", smoothing=0.0, split_seed=seed) for seed in (0, 1)]
    ),
    "blend with a weight of zero": lambda: namegen.blend([model_of("ngram"), model_of("mlp")], [0, 1]),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request) -> TrainedModel:
    return model_of(request.param) if request.param in EVERY_FAMILY else MODELS[request.param]()


@pytest.fixture(scope="module")
def contexts(model) -> torch.Tensor:
    return hundred_contexts(model.model)


def test_onnx_runtime_computes_the_same_log_probabilities_for_any_number_of_contexts(model, contexts):
    session = onnxruntime.InferenceSession(onnx_of(model), providers=["CPUExecutionProvider"])
    (found,) = session.run(["log_probabilities"], {"contexts": contexts.numpy()})
    expected = model.model.log_probabilities(contexts)
    possible = expected > -math.inf
    found = torch.tensor(found)
    assert found.dtype == torch.float32
    assert torch.equal(found > -math.inf, possible)
    assert (found - expected)[possible].abs().max() < 1e-5
    (alone,) = session.run(None, {"contexts": contexts[7:8].numpy()})
    (none,) = session.run(None, {"contexts": contexts[:0].numpy()})
    assert alone[0].tolist() == pytest.approx(found[7].tolist(), abs=1e-5)
    assert none.shape == (0, model.model.vocabulary.size)


def test_an_onnx_file_describes_its_tokens():
    model = model_of("blend of several alphabets")
    written = onnx_of(model)
    file = onnx.load_from_string(written)
    assert {entry.key: entry.value for entry in file.metadata_props} == {
        "format": "1",
        "family": "blend",
        "context_size": str(model.model.context_size),
        "vocabulary": model.model.vocabulary.characters,
    }
    assert [(entry.domain, entry.version) for entry in file.opset_import] == [("", 20)]
    assert onnx_of(model) == written


# The reader: json and math, and what namegen/export/README.md says of the format. It imports nothing of namegen.


def probabilities(model: dict, text: str) -> dict[str, float]:
    """The probability of every token after a text of `context_size` characters, boundaries (newlines) included."""
    if model["family"] == "blend":
        return mixed(model, text)
    if model["family"] == "mlp":
        return softmax(dict(zip(model["vocabulary"], logits(model, text), strict=True)))
    vocabulary, counts = model["vocabulary"], model["counts"]
    if model["family"] == "bigram":
        row = {token: counts[text].get(token, 0) + model["settings"]["smoothing"] for token in vocabulary}
        total = sum(row.values())
        return {token: number / total if total else 1 / len(vocabulary) for token, number in row.items()}
    found = dict.fromkeys(vocabulary, 1 / len(vocabulary))
    for length, discounts in enumerate(model["discounts"]):
        seen = counts.get(text[len(text) - length :])
        if seen is None:
            break
        less = {token: discounts[min(count, 3) - 1] for token, count in seen.items()}
        dropped = model.get("dropped", {}).get(text[len(text) - length :], 0)
        total = sum(seen.values()) + dropped
        left = (sum(less.values()) + dropped) / total
        found = {t: (seen.get(t, 0) - less.get(t, 0)) / total + left * p for t, p in found.items()}
    return found


def logits(model: dict, text: str) -> list[float]:
    tensors, settings = model["tensors"], model["settings"]
    gelu = lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2  # noqa: E731
    activation = {"tanh": math.tanh, "gelu": gelu}[settings["activation"]]

    def linear(name: str, x: list[float]) -> list[float]:
        rows = zip(tensors[f"{name}.weight"], tensors[f"{name}.bias"], strict=True)
        return [math.fsum(map(float.__mul__, row, x)) + bias for row, bias in rows]

    x = [number for token in text for number in tensors["embedding"][model["vocabulary"].index(token)]]
    for layer in range(settings["hidden_layers"]):
        if layer == 0:
            x = [activation(number) for number in linear("hidden.0", x)]
            continue
        mean = sum(x) / len(x)
        deviation = math.sqrt(sum((number - mean) ** 2 for number in x) / len(x) + 1e-5)
        norm = zip(tensors[f"norms.{layer - 1}.weight"], tensors[f"norms.{layer - 1}.bias"], strict=True)
        normal = [(number - mean) / deviation * scale + shift for number, (scale, shift) in zip(x, norm, strict=True)]
        x = [a + activation(b) for a, b in zip(x, linear(f"hidden.{layer}", normal), strict=True)]
    return linear("output", x)


def softmax(logits: dict[str, float]) -> dict[str, float]:
    raised = {token: math.exp(number - max(logits.values())) for token, number in logits.items()}
    return {token: number / sum(raised.values()) for token, number in raised.items()}


def mixed(blend: dict, text: str) -> dict[str, float]:
    found = dict.fromkeys(blend["vocabulary"], 0.0)
    for member, weight in zip(blend["members"], blend["weights"], strict=True):
        known = text[len(text) - member["context_size"] :]
        unknown = [place for place, token in enumerate(known) if token not in member["vocabulary"]]
        if unknown:
            known = "\n" * (unknown[-1] + 1) + known[unknown[-1] + 1 :]
        own = probabilities(member, known)
        spread = {token: own.get(token, min(own.values())) for token in found}
        for token, number in spread.items():
            found[token] += weight * number / sum(spread.values())
    return found


def test_a_reader_that_knows_only_json_finds_the_same_probabilities(model, contexts):
    plain = json.loads(json_of(model))["model"]
    contexts = contexts[::20]
    expected = model.model.log_probabilities(contexts).exp()
    assert plain["context_size"] == contexts.shape[1]
    for context, row in zip(contexts.tolist(), expected.tolist(), strict=True):
        text = "".join(plain["vocabulary"][token] for token in context)
        assert list(probabilities(plain, text).values()) == pytest.approx(row, abs=2e-6)


def test_weights_are_read_back_from_json_as_the_same_float32():
    model = model_of("mlp with residual layers")
    tensors = json.loads(json_of(model))["model"]["tensors"]
    for name, tensor in model.model.state_dict().items():
        assert torch.equal(torch.tensor(tensors[name]), tensor)


def test_a_reader_can_tell_which_names_are_on_the_list_whatever_their_capitals():
    hashes = json.loads(json_of(namegen.train(names=FRENCH, model="bigram", holdout=0.3)))["hashes"]
    folded = [unicodedata.normalize("NFC", name.casefold()) for name in FRENCH]
    assert sorted(hashes["train"] + hashes["held_out"]) == sorted(f"{slow_hash(name):016x}" for name in folded)


def test_json_is_strict_where_a_loss_is_infinite():
    model = namegen.train(names=IRISH[:60], model="bigram", smoothing=0.0, holdout=0.4)
    assert model.record.losses["test"] == math.inf

    def refuse(constant):
        raise AssertionError(constant)

    assert json.loads(json_of(model), parse_constant=refuse)["training"]["losses"]["test"] is None


@pytest.mark.parametrize("suffix", [".onnx", ".json", ".html", ".JSON"])
def test_export_writes_the_format_that_the_suffix_names(tmp_path, suffix):
    path = tmp_path / f"names{suffix}"
    assert write_export(model_of("bigram"), path).usage
    first_bytes = {".onnx": b"\x08", ".json": b'{"format":2,', ".html": b"<!doctype html>"}[suffix.lower()]
    assert path.read_bytes().startswith(first_bytes)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["names.txt", "names", "onnx"])
def test_another_suffix_is_refused_and_the_error_names_those_there_are(tmp_path, name):
    with pytest.raises(UsageError, match=rf"{name}: unknown format\. .* ends in \.html, \.js, \.onnx, \.json\."):
        model_of("bigram").export(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_family_without_a_graph_is_refused_with_the_format_that_holds_it():
    class Uniform(CountModel):
        settings_type = BigramSettings
        context_size = 1

        def count(self, ngrams):
            pass

        def forward(self, contexts):
            return torch.zeros(len(contexts), self.vocabulary.size)

    model = Uniform(BigramSettings(), Vocabulary("ab"))
    model.family = "uniform"
    with pytest.raises(UsageError, match=r"family uniform has no ONNX graph\. Export it as \.json"):
        onnx_of(in_memory(model))
    assert json.loads(json_of(in_memory(model)))["model"]["tensors"] == {}


def test_without_the_package_onnx_the_error_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "namegen.export.onnx_graph")
    with pytest.raises(NamegenError, match="ONNX files need the package onnx: pip install onnx"):
        model_of("bigram").export(tmp_path / "names.onnx")
    assert not list(tmp_path.iterdir())


def test_the_command_reports_the_size_and_overwrites_no_file_unless_forced(here, irish_bigram):
    irish_bigram.save("irish.safetensors")
    done = here("export", "irish.safetensors", "-o", "names.json")
    assert (done.returncode, done.stdout) == (0, "")
    size = Path("names.json").stat().st_size
    assert f"names.json: {size:,} bytes. " in done.stderr
    again = here("export", "irish.safetensors", "-o", "names.json", "-q")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert here("export", "irish.safetensors", "-o", "names.json", "-q", "--force").stderr == ""


def test_the_command_refuses_another_suffix_before_it_reads_the_model(run_here):
    done = run_here("export", "no such list", "-o", "names.txt")
    assert done.returncode == 2
    assert "names.txt: unknown format" in done.stderr
