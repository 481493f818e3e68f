"""Options are the fields of the settings, and errors of the library name them as the command line spells them."""

import re

from typer.main import get_command

from namegen.cli.app import app
from namegen.cli.error_messages import reworded, spellings


def test_a_field_is_an_option_of_its_kind_with_its_help(run_here):
    score, sample, train = (
        re.sub(r"[│\s]+", " ", run_here(command, "--help").stdout) for command in ("score", "sample", "train")
    )
    assert "--no-letters Turn off: show each letter, which is" in score
    assert "--quiet -q Show only the result" in score
    assert "--format WORD Output format; " in score
    assert "MODEL: a model file or a list" in score
    assert re.search(r"--temperature -t X [A-Z][^-]*\[0\.01 to 100; default: 1\.0\]", sample)
    assert re.search(r"--max-tries N [A-Z][^-]*\[default: 200,000\]", sample)
    assert sample.index("--temperature") < sample.index("Advanced") < sample.index("--max-tries")
    assert re.search(r"--log FILE [A-Z]", train)


def test_errors_name_options_as_they_are_spelled():
    score = spellings(get_command(app).commands["score"], arguments=True)
    for message, expected in {
        "Raise `format`.": "Raise --format.",
        "`format=csv` and `quiet=True`": "--format csv and --quiet",
        "`letters=False`": "--no-letters",
        "`model` is short": "MODEL is short",
        "Set `model=x`.": "Set `model=x`.",
        "`letters` and `nothing` and `namegen data`": "--no-letters and `nothing` and `namegen data`",
        "Use `force=True`.": "Use `namegen train --force`.",
    }.items():
        assert reworded(message, "score", {"score": score, "train": {"force": "--force"}}) == expected
