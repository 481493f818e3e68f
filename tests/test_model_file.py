"""Model files: what goes in comes out, the same bytes for the same content, and nothing half written."""

import json
import struct
import subprocess
import sys

import pytest
import torch

import namegen
from namegen.errors import ModelFileError
from namegen.files.model_file import FORMAT, read_model
from namegen.files.tensor_file import read_tensors, to_bytes
from namegen.models import Blend
from namegen.settings import MLPSettings


@pytest.fixture(scope="module")
def models() -> dict[str, namegen.TrainedModel]:
    tiny = {"hidden_size": 16, "epochs": 1}
    return {
        "bigram": namegen.train("irish", model="bigram"),
        "ngram": namegen.train("irish", model="ngram", order=4),
        "mlp": namegen.train("irish", model="mlp", hidden_layers=2, **tiny),
        "blend": namegen.train("irish", model="blend", **tiny),
    }


FAMILIES = ["bigram", "ngram", "mlp", "blend"]


def header_of(path) -> dict:
    data = path.read_bytes()
    return json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])


def with_header(path, change) -> None:
    """Rewrite the JSON of a model file."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    inner = json.loads(header["__metadata__"]["namegen"])
    change(inner)
    header["__metadata__"]["namegen"] = json.dumps(inner)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])


@pytest.mark.parametrize("family", FAMILIES)
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


@pytest.mark.parametrize("family", FAMILIES)
def test_the_bytes_depend_on_the_content_alone(models, family, tmp_path):
    models[family].save(tmp_path / "a.safetensors")
    namegen.load(tmp_path / "a.safetensors").save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_file_is_a_safetensors_file_with_one_header(models, tmp_path):
    models["blend"].save(tmp_path / "m.safetensors")
    header = header_of(tmp_path / "m.safetensors")
    assert list(header["__metadata__"]) == ["namegen"]
    inner = json.loads(header["__metadata__"]["namegen"])
    assert inner["format"] == FORMAT
    assert inner["family"] == "blend"
    assert inner["training"]["counts"] == {"train": 841, "validation": 103, "test": 102}
    assert inner["training"]["history"][0]["epoch"] == 1


def test_a_newer_format_is_refused_with_a_hint(models, tmp_path):
    path = tmp_path / "m.safetensors"
    models["bigram"].save(path)
    with_header(path, lambda header: header.update(format=FORMAT + 1))
    with pytest.raises(ModelFileError, match="Upgrade namegen"):
        read_model(path)


def set_member(header: dict, **values: object) -> None:
    header["settings"]["members"][0].update(values)


@pytest.mark.parametrize(
    ("family", "change"),
    [
        ("bigram", lambda h: h.update(family="transformer")),
        ("bigram", lambda h: h.update(vocabulary="aab")),
        ("bigram", lambda h: h.update(vocabulary="")),
        ("bigram", lambda h: h.update(vocabulary="\x1b" + h["vocabulary"][1:])),
        ("bigram", lambda h: h.update(vocabulary="\n" + h["vocabulary"][1:])),
        ("bigram", lambda h: h.update(vocabulary="\ud800" + h["vocabulary"][1:])),
        ("bigram", lambda h: h.update(vocabulary=h["vocabulary"] + "é")),
        ("bigram", lambda h: h.pop("settings")),
        ("bigram", lambda h: h["training"].update(holdout=[0.2])),
        ("bigram", lambda h: h["training"].update(sources=[3])),
        ("bigram", lambda h: h["training"].update(history="long")),
        ("bigram", lambda h: h["settings"].update(smoothing="1")),
        ("bigram", lambda h: h["settings"].update(smoothing=-1.0)),
        ("bigram", lambda h: h["settings"].update(more=1)),
        ("mlp", lambda h: h["settings"].update(hidden_size=10**12)),
        ("mlp", lambda h: h["settings"].update(hidden_size=8192)),
        ("mlp", lambda h: h["settings"].update(activation="relu")),
        ("ngram", lambda h: h["settings"].update(order=5)),
        ("blend", lambda h: h["settings"].update(members=[])),
        ("blend", lambda h: set_member(h, family="blend")),
        ("blend", lambda h: set_member(h, vocabulary=3)),
        ("blend", lambda h: set_member(h, settings=[])),
        ("blend", lambda h: h["settings"].update(members={})),
        ("blend", lambda h: h["settings"].update(members=[3])),
        ("blend", lambda h: set_member(h, family=["mlp"])),
    ],
)
def test_a_header_that_does_not_fit_is_refused(models, family, change, tmp_path):
    path = tmp_path / "m.safetensors"
    models[family].save(path)
    with_header(path, change)
    with pytest.raises(ModelFileError, match=r"m\.safetensors: is not a usable model file"):
        read_model(path)


@pytest.mark.parametrize("content", [b"", b"emma\nava\n", b"\x00" * 100, struct.pack("<Q", 1 << 60) + b"{}"])
def test_what_is_not_a_model_file_is_refused(content, tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"m\.safetensors"):
        read_model(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="does not exist"):
        read_model(tmp_path / "none.safetensors")


@pytest.mark.parametrize("weights", [[2.0, -1.0], [0.9, 0.6], [0.5, 0.4]])
def test_damaged_weights_of_a_blend_are_refused(models, tmp_path, weights):
    blend = models["blend"]
    model = blend.model
    assert isinstance(model, Blend)
    before = model.weights
    model.weights = torch.tensor(weights)
    try:
        blend.save(tmp_path / "m.safetensors")
    finally:
        model.weights = before
    with pytest.raises(ModelFileError, match="weights of the blend"):
        read_model(tmp_path / "m.safetensors")


def test_settings_of_every_type_come_back_from_json():
    config = MLPSettings(hidden_layers=3, dropout=0.25, activation="tanh", input="one-hot")
    assert MLPSettings.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("family", "tensor", "value", "said"),
    [
        ("mlp", "model.embedding", float("nan"), "not finite"),
        ("mlp", "model.output.weight", float("inf"), "not finite"),
        ("blend", "model.weights", float("nan"), "not finite"),
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


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(history=[{}]),
        lambda record: record.update(history=[{"step": 1, "train_loss": float("nan")}]),
        lambda record: record.update(history=[{"step": 10**400, "train_loss": 1.0}]),
        lambda record: record.update(history=[{"member": f"{n}", "step": 1, "train_loss": 1.0} for n in range(257)]),
        lambda record: record.update(losses={"train": "low"}),
        lambda record: record.update(counts={"train": 1e3}),
        lambda record: record.update(baselines={"bigram": 2}),
        lambda record: record.update(settings={"a": {"b": {"c": 1}}}),
        lambda record: record.update(keep_case=1),
    ],
)
def test_a_damaged_record_is_refused(models, change, tmp_path):
    path = tmp_path / "m.safetensors"
    models["bigram"].save(path)
    with_header(path, lambda header: change(header["training"]))
    with pytest.raises(ModelFileError, match=r"its (record|history) of the training is broken"):
        read_model(path)


def test_a_blend_of_thousands_is_refused_at_once(models, tmp_path):
    path = tmp_path / "m.safetensors"
    models["blend"].save(path)
    with_header(path, lambda header: header["settings"].update(members=header["settings"]["members"] * 5000))
    with pytest.raises(ModelFileError, match=r"models over \d+ characters is too large"):
        read_model(path)


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
