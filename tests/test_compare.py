"""`namegen compare`: every model and preset on one list."""

import json
import re

from processes import interrupted

import namegen

BASELINES = ["uniform", "unigram", "bigram"]


def test_at_a_prompt_progress_goes_to_standard_error_and_the_table_to_standard_output(run_here):
    done = run_here("compare", "irish", "--models", "bigram,mlp", "--presets", "fast")
    assert done.returncode == 0
    assert done.stderr == "1/2 bigram\n2/2 mlp fast\n"
    lines = done.stdout.splitlines()
    assert lines[0] == "test: 102 names, 803 characters"
    rows = [line.split()[0] for line in lines[2:7]]
    assert rows in (["bigram", "mlp", *BASELINES], ["mlp", "bigram", *BASELINES])
    best = {"bigram": "bigram", "mlp": "mlp --preset fast"}[rows[0]]
    assert f"\n  namegen train irish --model {best}\n" in done.stdout
    assert re.search(r"parameters +seconds +plausible +AUC +near-copies +distinct\n", done.stdout)
    assert re.search(r"^real names +95\.0% +0\.50 +\d+\.\d% +100\.0%$", done.stdout, re.MULTILINE)
    assert re.search(r"^bigram: ([\w' -]+  ){5}[\w' -]+$", done.stdout, re.MULTILINE)
    assert re.search(r"real (ones|names).*: AUC|real names: those of", done.stdout)
    assert "\x1b" not in done.stdout


def test_json_from_standard_input_without_progress(run_here):
    names = "\n".join(namegen.read_corpus("irish").names)
    done = run_here("compare", "-", "--models", "bigram,ngram", "--format", "json", "--quiet", input=names)
    assert (done.returncode, done.stderr) == (0, "")
    best, other = json.loads(done.stdout)
    assert (best["model"], best["preset"], best["difference_from_best"]) == ("ngram", None, None)
    assert other["difference_from_best"]["low"] < other["loss"] - best["loss"] < other["difference_from_best"]["high"]
    assert best["seconds"] > 0
    assert (best["is_most_realistic"], other["is_most_realistic"]) == (True, False)
    assert 0.5 <= best["quality"]["auc"] < other["quality"]["auc"] < 1
    assert len(best["quality"]["examples"]) == 6
    assert {"validation_loss", "parameters", "perplexity", "bits_per_character"} <= set(best)
    assert set(best["baselines"]) == set(BASELINES)


def test_ctrl_c_shows_how_the_trained_models_compare(run_here):
    done = interrupted(run_here, "compare", "irish", "--models", "bigram,ngram,mlp")
    assert done.returncode == 130
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["ngram", "bigram"]
    assert (
        "Stopped before these were trained: mlp lecture, mlp adapted, mlp fast, mlp default, mlp best." in done.stderr
    )
    assert "Best: ngram, the least test loss, clearly better than all others that were trained\n" in done.stdout


def test_with_too_few_test_names_no_model_is_called_best(run_here, tmp_path):
    names = list(namegen.read_corpus("irish").names[:70])
    (tmp_path / "seventy.txt").write_text("\n".join(names), encoding="utf-8")
    done = run_here("compare", tmp_path / "seventy.txt", "--models", "bigram,ngram")
    assert done.returncode == 0
    assert (
        "test names are too few to say which model is better. Give a list of 100 names or more, or hold" in done.stdout
    )
    assert "Best" not in done.stdout
    assert "–: too few real names" in done.stdout
    assert "hardest" not in done.stdout.lower()


def test_the_command_to_copy_reads_the_list_as_the_comparison_did(here, tmp_path):
    names = [name.title() for name in namegen.read_corpus("irish").names]
    (tmp_path / "-my names.txt").write_text("\n".join([*names, "\x1b"]), encoding="utf-8")
    done = here("compare", "--models", "bigram,ngram", "--skip-bad-lines", "-q", "--", "-my names.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Best: ngram, the least test loss, clearly better than all others\n" in done.stdout
    assert "\n  namegen train './-my names.txt' --skip-bad-lines --model ngram\n" in done.stdout
