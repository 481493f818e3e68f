"""`namegen.compare`: candidates of every family and preset, trained on one list and ranked."""

from dataclasses import replace

import pytest

import namegen
from namegen.errors import SourceError, TrainingStoppedError, UsageError
from namegen.evaluation.bootstrap import Difference
from namegen.evaluation.model_selection import Candidate, candidates
from namegen.evaluation.tables import REAL_NAMES
from namegen.training.listener import TrainingListener


class Recorder(TrainingListener):
    """Writes down the candidates and epochs, and stops after so many epochs."""

    def __init__(self, epochs=1_000_000):
        self.heard, self.epochs_left = [], epochs

    def on_candidate(self, label, index, total):
        self.heard.append((label, index, total))

    def on_epoch(self, _name, _epoch, _network):
        self.epochs_left -= 1

    def stop(self):
        return self.epochs_left <= 0


def test_every_family_with_each_of_its_presets_is_a_candidate():
    labels = [candidate.label for candidate in candidates()]
    assert labels[:2] == ["bigram", "ngram"]
    assert {"mlp lecture", "mlp fast", "mlp default", "mlp best", "blend fast", "blend default"} < set(labels)
    assert "blend lecture" not in labels
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        ((["gru"],), r"Unknown model 'gru'\. Choose from: bigram"),
        (([], ["slow"]), r"Unknown preset 'slow'\. Choose from: lecture"),
        ((["bigram"], ["fast"]), "None of these models uses the preset fast"),
        ((["blend"], ["lecture"]), "None of these models uses the preset lecture"),
    ],
)
def test_unknown_and_unused_words_and_lists_that_hold_out_no_names_are_refused(chosen, error):
    with pytest.raises(UsageError, match=error):
        candidates(*chosen)
    with pytest.raises(UsageError, match="leaves no names"):
        namegen.compare("irish", [Candidate("bigram")], holdout=0)


def test_candidates_are_trained_as_by_train_and_ranked_by_their_loss(tmp_path):
    listener, path = Recorder(), tmp_path / "list.txt"
    path.write_text("\n".join([*namegen.read_corpus("irish").names][:250]), "utf-8")
    found = namegen.compare(path, candidates(["bigram", "ngram", "mlp"], ["fast"]), listener=listener)
    assert listener.heard == [("bigram", 1, 3), ("ngram", 2, 3), ("mlp fast", 3, 3)]
    losses = [row.evaluation.loss for row in found.table.rows]
    assert losses == sorted(losses)
    assert {row.model for row in found.table.rows} == {"bigram", "ngram", "mlp fast"}
    for row in found.table.rows:
        candidate = found.candidates[row.model]
        alone = namegen.train(path, model=candidate.model, preset=candidate.preset)
        assert row.evaluation.loss == pytest.approx(alone.record.losses["test"], abs=1e-9)
        assert row.evaluation.known == 0
        assert found.seconds[row.model] > 0
    first, *others = found.table.rows
    assert first.difference is None
    assert all(other.difference.loss > 0 for other in others)
    bigram = next(row for row in found.table.rows if row.model == "bigram").evaluation.loss
    assert found.table.baselines["bigram"].loss == pytest.approx(bigram, abs=1e-6)


def test_a_comparison_that_is_stopped_ranks_the_candidates_already_trained():
    chosen = [Candidate("bigram"), Candidate("ngram"), Candidate("mlp", "lecture"), Candidate("blend", "fast")]
    listener = Recorder(epochs=2)
    found = namegen.compare("irish", chosen, listener=listener)
    assert listener.epochs_left in (0, -1)  # the step under way is finished
    assert [row.model for row in found.table.rows] == ["ngram", "bigram"]
    assert found.untried == (Candidate("mlp", "lecture"), Candidate("blend", "fast"))
    with pytest.raises(TrainingStoppedError):  # which stops in its first training
        namegen.compare("irish", chosen[2:], listener=Recorder(epochs=0))


@pytest.fixture(scope="module")
def of_two():
    return namegen.compare("irish", [Candidate("bigram"), Candidate("ngram")])


def test_the_quickest_is_the_fastest_to_train_of_the_best_and_its_rivals(of_two):
    found = of_two
    best, other = found.table.rows
    assert (found.best, found.rivals, found.quickest) == (best, [], best)
    noise = replace(other, difference=Difference(0.01, -0.01, 0.03))
    seconds = {best.model: 2.0, other.model: 1.0}
    close = replace(found, table=replace(found.table, rows=[best, noise]), seconds=seconds)
    assert (close.rivals, close.quickest) == ([noise], noise)


def test_names_are_ranked_beside_the_loss_and_within_two_standard_errors_none_is_better(of_two):
    found = of_two
    assert list(found.most_realistic) == ["ngram"]
    assert found.most_realistic["ngram"] == found.qualities["ngram"].auc
    assert found.qualities["ngram"].examples[0].istitle(), "as the list is written"
    noise = 2 / (6 * found.qualities[REAL_NAMES].drawn) ** 0.5
    for further, hardest in ((0.9 * noise, ["bigram", "ngram"]), (1.1 * noise, ["ngram"])):
        auc = found.qualities["ngram"].auc + further
        qualities = found.qualities | {"bigram": replace(found.qualities["bigram"], auc=auc)}
        assert sorted(replace(found, qualities=qualities).most_realistic) == hardest
    too_few = {label: replace(quality, auc=float("nan")) for label, quality in found.qualities.items()}
    assert replace(found, qualities=too_few).most_realistic == {}


def test_a_list_too_short_to_compare_on_is_an_error(tmp_path):
    (tmp_path / "few.txt").write_text("ann\nbo\ncy\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"too short \(3 names\) to compare models on"):
        namegen.compare(tmp_path / "few.txt")
