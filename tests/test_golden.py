"""Model files of every format so far, which every later version must read, to the same losses and names.

`GOLDEN=1 pytest tests/test_golden.py` makes those of the newest format again. That is for the day on which the format
gets a new number; until then a difference here is a defect of the program, not of the files.
"""

import json
import os
from pathlib import Path

import pytest
import torch

import namegen
from namegen.corpus.packed_names import Names
from namegen.files.model_file import FORMAT

GOLDEN = Path(__file__).parent / "golden"
NEWEST = GOLDEN / f"format-{FORMAT}"
FAMILIES = ["bigram", "ngram", "mlp", "blend"]
FORMATS = sorted(path.name for path in GOLDEN.iterdir())
NAMES = [
    *("emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia"),
    *("anna-lena", "o'neil", "zoë", "李"),
]
SCORED = ["emma", "zoë", "mialena", "o'ava"]


def make(family: str) -> namegen.TrainedModel:
    """A small model of a family."""
    network = {"hidden_size": 8, "embedding_size": 4, "context_size": 3, "epochs": 3}
    settings: dict[str, dict[str, object]] = {
        "bigram": {},
        "ngram": {"order": 4},
        "mlp": {"hidden_layers": 2, **network},
        "blend": {"order": 3, "networks": 2, **network},
    }
    return namegen.train(names=NAMES, model=family, holdout=0, **settings[family])


def facts(model: namegen.TrainedModel) -> dict[str, object]:
    """What must stay as it is."""
    return {
        "losses": [round(score.loss, 5) for score in model.score(SCORED)],
        "names": model.sample(5, seed=1, allow_known=True, raw=True),
        "parameters": model.model.parameter_count,
        "vocabulary": model.model.vocabulary.characters,
        "counts": model.record.counts,
        "recorded loss": round(model.record.losses["train"], 5),
        "known": model.known_names.hold(Names.of(SCORED)).tolist(),
    }


@pytest.mark.skipif("GOLDEN" not in os.environ, reason="only to make the files again")
def test_make_the_golden_files():
    NEWEST.mkdir(exist_ok=True)
    expected = {}
    for family in FAMILIES:
        make(family).save(NEWEST / f"{family}.safetensors")
        expected[family] = facts(namegen.load(NEWEST / f"{family}.safetensors"))
    (NEWEST / "expected.json").write_text(json.dumps(expected, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_of_any_format_is_read_to_the_same_losses_and_names(form, family):
    found = facts(namegen.load(GOLDEN / form / f"{family}.safetensors"))
    expected = json.loads((GOLDEN / form / "expected.json").read_text("utf-8"))[family]
    for kind in ("losses", "recorded loss"):
        assert found.pop(kind) == pytest.approx(expected.pop(kind), abs=2e-5)
    assert found == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_that_is_read_and_written_is_the_same_file(family, tmp_path):
    path = NEWEST / f"{family}.safetensors"
    namegen.load(path).save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_of_format_1_becomes_one_of_the_newest_with_the_same_names(family, tmp_path):
    old = namegen.load(GOLDEN / "format-1" / f"{family}.safetensors")
    old.save(tmp_path / "new.safetensors")
    new = namegen.load(tmp_path / "new.safetensors")
    assert facts(new) == facts(old)
    assert new.record == old.record


def test_a_seed_gives_the_same_names_however_many_are_requested():
    for family in FAMILIES:
        model = namegen.load(NEWEST / f"{family}.safetensors")
        torch.manual_seed(len(family))  # what other code draws has no say
        many = model.sample(60, seed=9, allow_known=True)
        assert [model.sample(k, seed=9, allow_known=True) for k in (1, 7, 60)] == [many[:1], many[:7], many]
