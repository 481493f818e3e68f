"""`namegen compare`: every model and preset on one list."""

import json

import pytest

import namegen
from namegen.comparison import Candidate, candidates, compare
from namegen.errors import UsageError


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


def test_at_a_prompt_progress_goes_to_standard_error_and_the_table_to_standard_output(run):
    done = run("compare", "irish", "--models", "bigram,mlp", "--presets", "lecture")
    assert done.returncode == 0
    assert "1/2 bigram\n2/2 mlp lecture\nmlp lecture, mlp  epoch 1/20" in done.stderr
    lines = done.stdout.splitlines()
    best = "mlp --preset lecture" if lines[2].startswith("mlp") else "bigram"
    assert f"The best:  namegen train irish --model {best}\n" in done.stderr
    assert lines[0] == "test: 112 names, 904 characters"
    assert [line.split()[0] for line in lines[2:7]] == [
        *sorted(("mlp", "bigram"), reverse=best != "bigram"),
        "uniform",
        "unigram",
        "bigram",
    ]
    assert "\x1b" not in done.stdout + done.stderr


def test_json_from_standard_input_without_progress(run):
    names = "\n".join(namegen.read_corpus("irish").names)
    done = run("compare", "-", "--models", "bigram,ngram", "--format", "json", "--quiet", input=names)
    assert (done.returncode, done.stderr) == (0, "")
    best, other = json.loads(done.stdout)
    assert (best["family"], best["preset"], best["difference_to_best"]) == ("ngram", None, None)
    assert other["difference_to_best"]["low"] < other["loss"] - best["loss"] < other["difference_to_best"]["high"]
    assert best["seconds"] > 0
    assert {"validation_loss", "parameters", "perplexity", "bits_per_character"} <= set(best)
    assert set(best["baselines"]) == {"uniform", "unigram", "bigram"}
