"""Pictures: the numbers behind them, and the files."""

import xml.etree.ElementTree as ET
from typing import get_args

import pytest
import torch
from PIL import Image
from references import contrast, luminance

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import UsageError
from namegen.files.model_file import TrainingRecord
from namegen.models import MLP, Bigram, Blend, Ngram
from namegen.plotting import data, figures
from namegen.plotting.colors import cividis, hexadecimal, ink_on
from namegen.plotting.figures import write_picture
from namegen.settings import BigramSettings, MLPSettings, NgramSettings, PlotKind, PlotSettings
from namegen.training.fit import count


def network(**settings):
    sizes = {"context_size": 2, "embedding_size": 3, "hidden_size": 5, "hidden_layers": 1, "activation": "tanh"}
    model = MLP(MLPSettings(**(sizes | settings)), Vocabulary("abc")).eval().requires_grad_(False)
    model.initialise(torch.Generator().manual_seed(1))
    return model


def counted():
    return count(Bigram(BigramSettings(), Vocabulary("abc")), Names.of(["ab", "abc", "c"]))


@pytest.fixture(scope="module")
def models():
    """A bigram of few letters, each pair of which is drawn, and a small network with a history."""
    return {
        "bigram": namegen.train(names=["anna", "emma", "hannah", "noah", "liv", "judy"], model="bigram", holdout=0),
        "mlp": namegen.train("irish", model="mlp", epochs=2, hidden_size=20, embedding_size=2, activation="tanh"),
    }


@pytest.mark.parametrize("most", [3, 10, 40])
def test_counts_are_those_of_the_pairs_and_those_of_a_list_are_those_of_a_bigram_model_of_it(most):
    names = namegen.read_corpus("irish").names
    model = count(Bigram(BigramSettings(), Vocabulary.of(names)), names)
    assert data.counts_in(names, most) == data.counts(model, most)
    assert data.counts(counted()).values == ((0, 2, 0, 1), (0, 0, 2, 0), (1, 0, 0, 1), (2, 0, 0, 0))


def test_a_blend_shows_the_member_that_has_the_picture():
    model = Blend.of([network(), counted()])
    assert data.counts(model) == data.counts(counted())
    assert data.embedding(model) == data.embedding(network())


def test_probabilities_are_those_of_the_model_after_each_letter():
    found = data.probabilities(counted())
    assert torch.allclose(torch.tensor(found.values), counted().probabilities())
    model = network()
    row = model.log_probabilities(torch.tensor([[0, 2]])).exp()[0]
    assert torch.allclose(torch.tensor(data.probabilities(model).values[2]), row)


def test_of_a_large_vocabulary_the_most_frequent_tokens_are_shown():
    model = counted()
    found = data.counts(model, most=3)
    assert (found.symbols, found.left_out) == ((".", "a", "b"), 1) or found.symbols == (".", "b", "c")
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    names = Names.of([characters[7] * 3, characters[2000] * 2, characters[7]])
    wide = count(Ngram(NgramSettings(order=2), Vocabulary(characters)), names)
    assert data.probabilities(wide, most=3).symbols == (".", characters[7], characters[2000])


def test_two_dimensions_are_shown_as_they_are_and_more_by_the_plane_of_most_variance():
    flat = network(embedding_size=2)
    found = data.embedding(flat)
    assert list(found.points) == [tuple(row) for row in flat.embedding.tolist()]
    assert (found.dimensions, found.explained) == (2, 1.0)
    rows = torch.randn(40, 6, generator=torch.Generator().manual_seed(1)) * torch.tensor([5, 3, 1, 1, 1, 1])
    plane, explained = data.principal_plane(rows)
    covariance = torch.linalg.eigvalsh(torch.cov(rows.T))
    assert explained == pytest.approx(float(covariance[-2:].sum() / covariance.sum()), rel=1e-4)
    assert torch.allclose(plane.var(0), covariance.flip(0)[:2], rtol=1e-3)


@pytest.mark.parametrize(
    ("symbol", "vowel"), [("a", True), ("É", True), ("ü", True), ("и", True), ("й", False), ("b", False), (".", False)]
)
def test_vowels_are_told_from_consonants_in_three_scripts(symbol, vowel):
    assert data.is_vowel(symbol) is vowel


def test_dead_units_are_found_by_number():
    model = network()
    model.hidden[0].bias[3] = 1000.0
    found = data.activations(model, ["abc", "cab", "b"] * 30)
    assert found.dead == (3,)
    assert found.dead_units() == "dead units: 1 (20.0%): 4"
    assert found.share == pytest.approx(sum(map(sum, found.is_saturated)) / (5 * len(found.is_saturated)))
    gelu = network(activation="gelu")
    gelu.hidden[0].bias[1] = -1000.0
    assert data.activations(gelu, ["abc", "cab"]).dead == (1,)
    gelu.hidden[0].bias[1] = 1000.0
    assert data.activations(gelu, ["abc", "cab"]).dead == ()


def test_the_curves_are_the_training_history(tmp_path):
    rows = [
        {"epoch": 1, "step": 10, "train_loss": 2.0, "validation_loss": 2.5, "learning_rate": 0.1, "member": "mlp 1"},
        {"epoch": 1, "step": 10, "train_loss": 1.9, "validation_loss": None, "learning_rate": 0.1, "member": "mlp 2"},
        {"epoch": 2, "step": 20, "train_loss": 1.5, "validation_loss": 2.1, "learning_rate": 0.1, "member": "mlp 1"},
    ]
    first, second = data.curves(TrainingRecord(history=tuple(rows)))
    assert first == data.Curve("mlp 1", (10, 20), (2.0, 1.5), (2.5, 2.1))
    assert second.validation == (None,)
    write_picture((first, second), tmp_path / "loss.png")


def test_ink_has_enough_contrast_on_every_colour():
    shades = [cividis(step / 50) for step in range(51)]
    for shade in shades:
        assert contrast(shade, (0, 0, 0) if ink_on(shade) == "#000000" else (255, 255, 255)) > 4.4
    assert [luminance(shade) for shade in shades] == sorted(luminance(shade) for shade in shades)
    assert hexadecimal(cividis(0)) == "#00224e"


def test_characters_of_any_script_are_drawn_without_a_warning_and_those_that_no_font_has_are_counted(
    tmp_path, monkeypatch
):
    letters = count(Bigram(BigramSettings(), Vocabulary(" aß李ا\u0301")), Names.of(["aß李 ا\u0301"]))
    write_picture(data.counts(letters), tmp_path / "any.png")
    monkeypatch.setattr(figures, "_fonts", lambda: ["DejaVu Sans"])
    assert write_picture(data.counts(letters), tmp_path / "chinese.png") == 1
    assert write_picture(data.counts(counted()), tmp_path / "latin.png") == 0


def test_an_svg_holds_every_pair_and_number_as_text_and_its_bytes_depend_on_them_alone(tmp_path):
    for name in ("one.svg", "two.svg"):
        write_picture(data.counts(counted()), tmp_path / name)
    texts = [text.text for text in ET.parse(tmp_path / "one.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert {"ab", "bc", "c.", "2", data.COUNTS_TITLE} <= set(texts)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


@pytest.mark.parametrize("kind", get_args(PlotKind))
def test_every_picture_becomes_a_file(models, kind, tmp_path):
    models["bigram" if kind in ("counts", "probabilities") else "mlp"].plot(kind, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert min(picture.size) > 700
        assert len(picture.convert("L").resize((60, 60)).getcolors()) > 5


def test_the_counts_of_other_models_are_those_of_their_list(models):
    ngram = namegen.open_model("irish")
    found = data.picture_of(ngram, PlotSettings(kind="counts"))
    assert found.values == data.counts_in(ngram.read_split().train).values
    assert found.title == "how often each letter follows another in the 1,046 training names"
    unreadable = namegen.train(names=["anna", "emma"], model="ngram", holdout=0)
    with pytest.raises(UsageError, match="counts of a bigram model"):
        data.picture_of(unreadable, PlotSettings(kind="counts"))


def test_lengths_and_activations_do_without_a_list():
    trained = namegen.train(names=["anna", "emma"] * 9, model="mlp", holdout=0, epochs=1, hidden_size=8)
    lengths = data.picture_of(trained, PlotSettings(kind="lengths", draws=50))
    assert lengths.listed is None
    assert sum(lengths.generated) == pytest.approx(1)
    assert len(data.picture_of(trained, PlotSettings(kind="activations")).is_saturated) > 9


@pytest.mark.parametrize(
    ("picture", "error"),
    [
        (lambda: data.counts(Ngram(NgramSettings(), Vocabulary("ab"))), "This model is ngram; .*`model=bigram`"),
        (lambda: data.embedding(Ngram(NgramSettings(), Vocabulary("ab"))), "This model is ngram; .*`model=mlp`"),
        (lambda: data.activations(Ngram(NgramSettings(), Vocabulary("ab")), ["ab"]), "mlp"),
        (lambda: data.activations(network(), ["abc"], layer=2), "`layer` 2 does not exist"),
        (lambda: data.activations(network(), ["xyz"]), "does not know"),
        (lambda: data.curves(TrainingRecord()), "no training history"),
    ],
)
def test_a_picture_that_a_model_does_not_have_is_an_error_that_says_which_has_it(picture, error):
    with pytest.raises(UsageError, match=error):
        picture()


@pytest.mark.parametrize(
    ("kind", "path", "settings", "error"),
    [
        ("count", "x.png", {}, "`kind` must be one of counts, "),
        ("counts", "x.bmp", {}, r"x\.bmp: pictures are written as png, svg, pdf\. Use one of these endings\."),
        ("counts", "x.png", {"layer": 2}, "`layer` is a setting of activations, not of counts"),
        ("embedding", "x.png", {}, "an embedding is learned by a network"),
    ],
)
def test_an_impossible_picture_is_an_error_and_no_file(models, tmp_path, kind, path, settings, error):
    with pytest.raises(UsageError, match=error):
        models["bigram"].plot(kind, tmp_path / path, **settings)
    assert list(tmp_path.iterdir()) == []
