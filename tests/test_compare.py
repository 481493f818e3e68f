"""`namegen compare`: every model and preset on one list."""

import json
from dataclasses import replace

import pytest
from processes import interrupted

import namegen
from namegen.errors import TrainingStoppedError, UsageError
from namegen.evaluation.bootstrap import Difference
from namegen.evaluation.model_selection import Candidate, candidates, compare


def test_without_a_wish_every_family_and_preset_is_a_candidate():
    labels = [candidate.label for candidate in candidates()]
    assert labels[:2] == ["bigram", "ngram"]
    assert {"mlp lecture", "mlp fast", "mlp default", "mlp best", "blend fast", "blend default"} < set(labels)
    assert "blend lecture" not in labels
    assert len(labels) == len(set(labels))


def test_unknown_words_are_refused():
    with pytest.raises(UsageError, match=r"unknown model 'gru'\. Choose from: bigram"):
        candidates(["gru"])
    with pytest.raises(UsageError, match=r"unknown preset 'slow'\. Choose from: lecture"):
        candidates([], ["slow"])
    with pytest.raises(UsageError, match="leaves no names"):
        compare("irish", [Candidate("bigram")], holdout=0)


def test_each_is_the_model_that_train_trains_and_the_least_loss_is_first():
    heard = []
    found = compare(
        "irish",
        candidates(["bigram", "ngram", "mlp"], ["fast"]),
        on_candidate=lambda candidate, place, of: heard.append((candidate.label, place, of)),
    )
    assert heard == [("bigram", 1, 3), ("ngram", 2, 3), ("mlp fast", 3, 3)]
    losses = [standing.evaluation.loss for standing in found.table.standings]
    assert losses == sorted(losses)
    assert {standing.model for standing in found.table.standings} == {"bigram", "ngram", "mlp fast"}
    for standing in found.table.standings:
        candidate = found.candidates[standing.model]
        alone = namegen.train("irish", model=candidate.family, preset=candidate.preset or "default")
        assert standing.evaluation.loss == pytest.approx(alone.record.losses["test"], abs=1e-9)
        assert standing.trained.seconds > 0
        assert standing.evaluation.known == 0
    first, *others = found.table.standings
    assert first.difference is None
    assert all(other.difference.loss > 0 for other in others)
    bigram = next(one for one in found.table.standings if one.model == "bigram").evaluation.loss
    assert found.table.baselines["bigram"].loss == pytest.approx(bigram, abs=1e-6)


def test_at_a_prompt_progress_goes_to_standard_error_and_the_table_to_standard_output(run_here):
    done = run_here("compare", "irish", "--models", "bigram,mlp", "--presets", "lecture")
    assert done.returncode == 0
    assert done.stderr == "1/2 bigram\n2/2 mlp lecture\n"
    lines = done.stdout.splitlines()
    best = "mlp --preset lecture" if lines[2].startswith("mlp") else "bigram"
    assert done.stdout.endswith(f"\n  namegen train irish --model {best}\n")
    assert lines[0] == "test: 112 names, 904 characters"
    assert [line.split()[0] for line in lines[2:7]] == [
        *sorted(("mlp", "bigram"), reverse=best != "bigram"),
        "uniform",
        "unigram",
        "bigram",
    ]
    assert "\x1b" not in done.stdout + done.stderr


def test_json_from_standard_input_without_progress(run_here):
    names = "\n".join(namegen.read_corpus("irish").names)
    done = run_here("compare", "-", "--models", "bigram,ngram", "--format", "json", "--quiet", input=names)
    assert (done.returncode, done.stderr) == (0, "")
    best, other = json.loads(done.stdout)
    assert (best["family"], best["preset"], best["difference_to_best"]) == ("ngram", None, None)
    assert other["difference_to_best"]["low"] < other["loss"] - best["loss"] < other["difference_to_best"]["high"]
    assert best["seconds"] > 0
    assert {"validation_loss", "parameters", "perplexity", "bits_per_character"} <= set(best)
    assert set(best["baselines"]) == {"uniform", "unigram", "bigram"}


def test_those_that_are_done_are_compared_when_it_is_stopped():
    done = []
    found = compare(
        "irish",
        [Candidate("bigram"), Candidate("ngram"), Candidate("mlp", "lecture"), Candidate("blend", "fast")],
        on_epoch=lambda _name, epoch, _network: done.append(epoch),
        stop=lambda: len(done) == 2,
    )
    assert len(done) in (2, 3)  # the step that was under way is finished
    assert [standing.model for standing in found.table.standings] == ["ngram", "bigram"]
    assert found.untried == (Candidate("mlp", "lecture"), Candidate("blend", "fast"))


def test_a_comparison_that_is_stopped_with_nothing_done_is_none():
    with pytest.raises(TrainingStoppedError):
        compare("irish", [Candidate("mlp", "lecture")], stop=lambda: True)


def test_the_quickest_of_those_that_are_not_clearly_worse_is_named():
    found = compare("irish", [Candidate("bigram"), Candidate("ngram")])
    best, other = found.table.standings
    assert (found.best, found.rivals, found.quickest) == (best, [], best)
    noise = replace(other, difference=Difference(0.01, -0.01, 0.03))
    close = replace(found, table=replace(found.table, standings=[best, noise]))
    best.trained.seconds, other.trained.seconds = 2.0, 1.0
    assert (close.rivals, close.quickest) == ([noise], noise)


def test_a_list_too_short_to_judge_by_is_said(run_here, tmp_path):
    (tmp_path / "few.txt").write_text("ann\nbo\ncy\n", encoding="utf-8")
    done = run_here("compare", tmp_path / "few.txt")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "too short (3 names) to judge models by" in done.stderr


def test_ctrl_c_shows_how_those_compare_that_are_done(run_here):
    done = interrupted(run_here, "compare", "irish", "--models", "bigram,ngram,mlp")
    assert done.returncode == 130
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["ngram", "bigram"]
    assert "Stopped before these were done: mlp lecture, mlp fast, mlp default, mlp best." in done.stderr
    assert "Best: ngram, the least test loss, clearly better than all others that were done\n" in done.stdout


def test_too_few_test_names_name_no_best(run_here, tmp_path):
    names = list(namegen.read_corpus("irish").names[:70])
    (tmp_path / "seventy.txt").write_text("\n".join(names), encoding="utf-8")
    done = run_here("compare", tmp_path / "seventy.txt", "--models", "bigram,ngram")
    assert done.returncode == 0
    assert "test names cannot say which model is better. Give a list of 100 names or more, or keep" in done.stdout
    assert "Best" not in done.stdout


def test_the_command_to_copy_reads_the_list_as_the_comparison_did(run_here, tmp_path):
    names = [name.title() for name in namegen.read_corpus("irish").names]
    path = tmp_path / "my names.txt"
    path.write_text("\n".join([*names, "\x1b"]), encoding="utf-8")
    done = run_here("compare", path, "--models", "bigram,ngram", "--lower", "--skip-bad-lines", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Best: ngram, the least test loss, clearly better than all others\n  namegen train '{path}'" in done.stdout
    assert done.stdout.endswith(" --lower --skip-bad-lines --model ngram\n")


def test_a_list_whose_name_begins_as_an_option_does_is_pasted_as_a_path(run_here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-x.txt").write_text("\n".join(namegen.read_corpus("irish").names), encoding="utf-8")
    done = run_here("compare", "--models", "ngram", "-q", "--", "-x.txt")
    assert done.stdout.endswith("\n  namegen train ./-x.txt --model ngram\n")
