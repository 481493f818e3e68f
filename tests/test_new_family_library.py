"""A family that is not built in keeps its own settings, from the library's arguments to the model file and back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE

FAMILIES = Path(__file__).parent / "families"
SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
import namegen
from trigram import Trigram
from namegen.errors import UsageError

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
print(json.dumps([loaded.model.settings.to_json(), trained.record.settings, refused, names]))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory, clean_environment):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, FAMILIES],
        cwd=tmp_path_factory.mktemp("family"),
        env=clean_environment | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
