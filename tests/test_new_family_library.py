"""A family that is not built in keeps its own settings, from the library's arguments to the model file and back."""

import json
import sys
from pathlib import Path

import pytest
from torture.forks import run

import namegen
from namegen.errors import UsageError

FAMILIES = Path(__file__).parent / "families"


def use_it():
    """Train, save, load and sample, and write down what is compared."""
    sys.path.insert(0, str(FAMILIES))
    import trigram  # noqa: F401 (which enters it in the registry of this child alone)

    trained = namegen.train("irish", model="trigram", smoothing=3.0)
    trained.save("t.safetensors")
    refused = []
    for settings in ({"preset": "best"}, {"hidden_size": 3}, {"smoothing": 0}, {"smoothin": 1}):
        try:
            namegen.train("irish", model="trigram", **settings)
        except UsageError as error:
            refused.append(str(error))
    loaded = namegen.load("t.safetensors")
    names = loaded.sample(5, seed=1, starts_with="mo")
    Path("found").write_text(json.dumps([loaded.model.settings.to_json(), trained.record.settings, refused, names]))
    sys.exit(0)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("family")
    code, said = run([], folder, program=use_it)
    assert code == 0, said
    return json.loads((folder / "found").read_text())


def test_its_settings_are_in_the_model_and_in_the_record(found):
    assert found[0] == found[1] == {"smoothing": 3.0}


def test_settings_that_it_does_not_have_are_refused(found):
    assert found[2] == [
        "`preset=best` is for mlp or blend, not for trigram. Leave it out.",
        "`hidden_size` is a setting of mlp and blend, not of trigram. Leave it out.",
        "`smoothing` must be at least 0.001, not 0.",
        "Unknown setting 'smoothin'. Did you mean 'smoothing'?",
    ]


def test_it_is_sampled_like_any_other(found):
    assert len({name for name in found[3] if name.startswith("Mo")}) == 5
