"""Model files: what goes in comes out, the same bytes for the same content, and nothing half written."""

import functools
import json
import operator
import subprocess
import sys

import pytest
import torch
from safetensors import safe_open

import namegen
from namegen.errors import ModelFileError
from namegen.files.model_file import FORMAT, HEADER, read_model
from namegen.files.tensor_file import read_tensors, to_bytes

LETTERS = namegen.read_corpus("irish").names.characters


@pytest.fixture(scope="module")
def models(irish_bigram) -> dict[str, namegen.TrainedModel]:
    tiny = {"hidden_size": 16, "epochs": 1}
    return {
        "bigram": irish_bigram,
        "ngram": namegen.train("irish", model="ngram", order=4),
        "mlp": namegen.train("irish", model="mlp", hidden_layers=2, **tiny),
        "blend": namegen.train("irish", model="blend", **tiny),
    }


@pytest.mark.parametrize("family", ["bigram", "ngram", "mlp", "blend"])
def test_a_model_that_is_loaded_gives_the_same_logits_bit_for_bit(models, family, tmp_path):
    saved = models[family]
    saved.save(tmp_path / "m.safetensors")
    loaded = namegen.load(tmp_path / "m.safetensors")
    size = saved.model.vocabulary.size
    contexts = torch.randint(size, (100, saved.model.context_size), generator=torch.Generator().manual_seed(1))
    assert torch.equal(saved.model(contexts), loaded.model(contexts))
    assert loaded.record == saved.record
    assert loaded.model.settings == saved.model.settings
    assert torch.equal(loaded.train_hashes, saved.train_hashes)
    assert loaded.sample(5, seed=3) == saved.sample(5, seed=3)


def test_a_file_is_a_safetensors_file_with_one_header(models, tmp_path):
    models["blend"].save(tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "pt") as file:
        ((name, header),) = file.metadata().items()
    inner = json.loads(header)
    assert (name, inner["format"], inner["family"]) == (HEADER, FORMAT, "blend")
    assert inner["training"]["counts"] == {"train": 841, "validation": 103, "test": 102}
    assert inner["training"]["history"][0]["epoch"] == 1


NOT_USABLE = r"m\.safetensors: is not a usable model file"
BROKEN_RECORD = r"its (record|history) of the training is broken"
MEMBER = {"family": "bigram", "vocabulary": LETTERS, "settings": {"smoothing": 1.0}}
OF_257_MEMBERS = [{"member": f"{n}", "step": 1, "train_loss": 1.0} for n in range(257)]


@pytest.mark.parametrize(
    ("family", "part", "values", "said"),
    [
        ("bigram", (), {"format": FORMAT + 1}, "Upgrade namegen"),
        ("bigram", (), {"family": "transformer"}, NOT_USABLE),
        ("bigram", (), {"vocabulary": "aab"}, NOT_USABLE),
        ("bigram", (), {"vocabulary": ""}, NOT_USABLE),
        ("bigram", (), {"vocabulary": "\x1b" + LETTERS[1:]}, NOT_USABLE),
        ("bigram", (), {"vocabulary": "\n" + LETTERS[1:]}, NOT_USABLE),
        ("bigram", (), {"vocabulary": "\ud800" + LETTERS[1:]}, NOT_USABLE),
        ("bigram", (), {"vocabulary": LETTERS + "ø"}, NOT_USABLE),
        ("bigram", (), {"settings": None}, NOT_USABLE),
        ("bigram", ("settings",), {"smoothing": "1"}, NOT_USABLE),
        ("bigram", ("settings",), {"smoothing": -1.0}, NOT_USABLE),
        ("bigram", ("settings",), {"more": 1}, NOT_USABLE),
        ("mlp", ("settings",), {"hidden_size": 10**12}, NOT_USABLE),
        ("mlp", ("settings",), {"hidden_size": 8192}, NOT_USABLE),
        ("mlp", ("settings",), {"activation": "relu"}, NOT_USABLE),
        ("ngram", ("settings",), {"order": 5}, NOT_USABLE),
        ("blend", ("settings",), {"members": []}, NOT_USABLE),
        ("blend", ("settings",), {"members": {}}, NOT_USABLE),
        ("blend", ("settings",), {"members": [3]}, NOT_USABLE),
        ("blend", ("settings",), {"members": [MEMBER] * 5000}, r"models over \d+ characters is too large"),
        ("blend", ("settings", "members", 0), {"family": "blend"}, NOT_USABLE),
        ("blend", ("settings", "members", 0), {"family": ["mlp"]}, NOT_USABLE),
        ("blend", ("settings", "members", 0), {"vocabulary": 3}, NOT_USABLE),
        ("blend", ("settings", "members", 0), {"settings": []}, NOT_USABLE),
        ("bigram", ("training",), {"holdout": [0.2]}, NOT_USABLE),
        ("bigram", ("training",), {"sources": [3]}, NOT_USABLE),
        ("bigram", ("training",), {"history": "long"}, NOT_USABLE),
        ("bigram", ("training",), {"history": [{}]}, BROKEN_RECORD),
        ("bigram", ("training",), {"history": [{"step": 1, "train_loss": float("nan")}]}, BROKEN_RECORD),
        ("bigram", ("training",), {"history": [{"step": 10**400, "train_loss": 1.0}]}, BROKEN_RECORD),
        ("bigram", ("training",), {"history": OF_257_MEMBERS}, BROKEN_RECORD),
        ("bigram", ("training",), {"losses": {"train": "low"}}, BROKEN_RECORD),
        ("bigram", ("training",), {"counts": {"train": 1e3}}, BROKEN_RECORD),
        ("bigram", ("training",), {"baselines": {"bigram": 2}}, BROKEN_RECORD),
        ("bigram", ("training",), {"settings": {"a": {"b": {"c": 1}}}}, BROKEN_RECORD),
        ("bigram", ("training",), {"keep_case": 1}, BROKEN_RECORD),
    ],
    ids=lambda given: str(given)[:50] if isinstance(given, dict) else "",
)
def test_a_header_that_does_not_fit_is_refused(models, family, part, values, said, tmp_path):
    path = tmp_path / "m.safetensors"
    models[family].save(path)
    tensors, metadata = read_tensors(path)
    header = json.loads(metadata[HEADER])
    functools.reduce(operator.getitem, part, header).update(values)
    path.write_bytes(to_bytes(tensors, {HEADER: json.dumps(header)}))
    with pytest.raises(ModelFileError, match=said):
        read_model(path)


@pytest.mark.parametrize(
    ("family", "tensor", "value", "said"),
    [
        ("mlp", "model.embedding", float("nan"), "not finite"),
        ("mlp", "model.output.weight", float("inf"), "not finite"),
        ("blend", "model.weights", float("nan"), "not finite"),
        ("blend", "model.weights", -1.0, "weights of the blend"),
        ("blend", "model.weights", 5.0, "weights of the blend"),
        ("bigram", "model.counts", -1, "below zero"),
        ("ngram", "hashes.train", 0, "not sorted"),
    ],
)
def test_damaged_numbers_are_refused(models, family, tensor, value, said, tmp_path):
    path = tmp_path / "m.safetensors"
    models[family].save(path)
    tensors, metadata = read_tensors(path)
    tensors[tensor].view(-1)[1] = value
    path.write_bytes(to_bytes(tensors, metadata))
    with pytest.raises(ModelFileError, match=said):
        read_model(path)


def test_weights_that_are_too_large_to_compute_with_are_reported_when_they_are_used(models, tmp_path):
    path = tmp_path / "m.safetensors"
    models["mlp"].save(path)
    model = namegen.load(path)
    model.model.embedding.fill_(3e38)
    with pytest.raises(ModelFileError, match="too large to compute with"):
        model.sample(3)


def test_every_process_gives_the_same_bytes_and_names(tmp_path, clean_environment):
    script = """
import sys, namegen
settings = {"hidden_size": 8, "embedding_size": 4, "context_size": 3, "epochs": 1}
model = namegen.train(names=namegen.read_corpus("irish").names[:200], holdout=0, **settings)
model.save(sys.argv[1])
names = model.sample(20, seed=4)
print(names)
"""
    here, there, found = tmp_path / "here", tmp_path / "there", {}
    environment = clean_environment | {"PYTHONHASHSEED": "1", "TZ": "UTC1"}
    command = [sys.executable, "-W", "ignore", "-c", script, there]
    told = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True).stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["", here])
        exec(script, found)
    assert here.read_bytes() == there.read_bytes()
    assert told == f"{found['names']}\n"
