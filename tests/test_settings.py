"""Settings: declared once, checked everywhere, shown with plain types, and completed by editors."""

import inspect
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import pytest
from annotated_doc import Doc
from annotated_types import Ge, Le

import namegen
from namegen.errors import ModelFileError, UsageError
from namegen.settings import PRESETS, MLPSettings, SampleSettings, TopSettings, TrainSettings, arguments, options_of


@dataclass(frozen=True, kw_only=True)
class WithOneMore(MLPSettings):
    """The network's settings and a made-up one."""

    sparkle: Annotated[int, Ge(1), Le(9), Doc("How much it sparkles.")] = 3


@arguments(WithOneMore)
def sparkling(settings: WithOneMore) -> int:
    """Return the made-up setting."""
    return settings.sparkle


def test_a_setting_that_is_declared_once_is_an_argument_with_help_a_check_and_a_place_in_files():
    assert sparkling() == 3
    assert sparkling(sparkle=5) == 5
    assert str(inspect.signature(sparkling)).endswith("sparkle: int = 3) -> int")
    assert "sparkle" in options_of(WithOneMore)
    with pytest.raises(UsageError, match=r"^`sparkle` must be at most 9, not 10\.$"):
        sparkling(sparkle=10)
    with pytest.raises(UsageError, match=r"Unknown setting 'sparkel'\. Did you mean 'sparkle'\?"):
        sparkling(sparkel=1)
    settings = WithOneMore.of(sparkle=4)
    assert WithOneMore.from_json(settings.to_json()) == settings
    with pytest.raises(ModelFileError, match="`sparkle` must be an integer, not '4'"):
        WithOneMore.from_json(settings.to_json() | {"sparkle": "4"})


def test_the_arguments_of_the_library_are_the_settings():
    assert options_of(TrainSettings).keys() <= inspect.signature(namegen.train).parameters.keys()
    sample = inspect.signature(namegen.TrainedModel.sample)
    assert {*sample.parameters} == {"self", *(f.name for f in fields(SampleSettings))}
    for function in (namegen.train, namegen.TrainedModel.sample, namegen.TrainedModel.top):
        shown = str(inspect.signature(function))
        assert "Annotated" not in shown
        assert "lambda" not in shown


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"model": "ngram", "preset": "best"}, "`preset=best` is for mlp or blend, not for ngram"),
        ({"preset": "lecture", "model": "blend"}, "`preset=lecture` is for mlp, not for blend"),
        ({"model": "ngram", "hidden_size": 3}, "`hidden_size` is a setting of mlp and blend, not of ngram"),
        ({"epochs": 2, "max_seconds": 1.0}, "`max_seconds` replaces `epochs`"),
        ({"validation": "irish", "holdout": 0.0}, "`validation` replaces `holdout`"),
        ({"epochs": True}, "`epochs` must be an integer, not True"),
        ({"learning_rate": float("nan")}, "`learning_rate` must be"),
        ({"preset": "quick"}, "`preset` must be one of adapted, fast, default, best, lecture, not 'quick'"),
        ({"preset": "adapted", "epochs": 2}, "`epochs` is for trained networks"),
        ({"networks": 0, "hidden_size": 50}, "`hidden_size` is for networks, and with `networks=0` there are none"),
        ({"skip_bad_lines": 1}, "`skip_bad_lines` must be True or False, not 1"),
    ],
)
def test_settings_that_are_wrong_or_contradict_each_other_are_refused(given, complaint):
    with pytest.raises(UsageError, match=complaint):
        TrainSettings.of(**given)


@pytest.mark.parametrize("given", [{"raw": True, "min_p": 0.1}, {"allow_known": True, "min_distance": 1}])
def test_of_two_settings_none_undoes_the_other(given):
    with pytest.raises(UsageError, match=f"^`{'` and `'.join(given)}` contradict each other. Leave one of them out.$"):
        SampleSettings.of(**given)
    for name, value in given.items():
        assert getattr(SampleSettings.of(**{name: value}), name) == value


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset != "adapted"])
def test_a_preset_gives_its_values_and_single_settings_change_them(preset):
    settings = TrainSettings.of(preset=preset, embedding_size=7)
    assert settings.embedding_size == 7
    assert settings.hidden_size == PRESETS[preset].hidden_size


def test_every_default_is_within_its_bounds():
    for settings in (TrainSettings, SampleSettings, TopSettings):
        given = {name: value for name, value in vars(settings()).items() if name in options_of(settings)}
        assert settings.from_json(given) == settings()


def test_settings_import_neither_torch_nor_pydantic():
    script = "import sys, namegen.settings; print({'torch', 'pydantic'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


CALLS = """
import namegen

model = namegen.train("irish", model="bigram", holdout=0.1)
model.sample(5, temperature=0.8, min_length=3)
namegen.train("irish", epochz=3)
model.sample(5, temperature="hot")
model.top(5, temprature=1)
"""


def test_a_type_checker_and_so_an_editor_knows_the_settings(tmp_path):
    (tmp_path / "calls.py").write_text(CALLS, encoding="utf-8")
    checker = [sys.executable, "-m", "mypy", "--follow-imports=skip", "--no-error-summary", "--no-incremental"]
    package = Path(namegen.__file__).parent
    read = [tmp_path / "calls.py", *(package / name for name in ("__init__.py", "api.py", "settings.py"))]
    done = subprocess.run([*checker, *read], capture_output=True, text=True, check=False)
    found = [line.split("calls.py:")[1] for line in done.stdout.splitlines() if "calls.py:" in line and "error" in line]
    assert [line.split(":")[0] for line in found] == ["6", "7", "8"]
    assert '"epochz"' in found[0]
    assert 'expected "float"' in found[1]
    assert '"temprature"' in found[2]
