"""Pictures: the numbers behind them, the files, and the commands that make them."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
import torch
from PIL import Image

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import UsageError
from namegen.files.model_file import TrainingRecord
from namegen.fitting import count
from namegen.models import MLP, Bigram, Blend, Ngram
from namegen.plotting import activations
from namegen.plotting import data as pictures
from namegen.plotting import figures as plots
from namegen.plotting.colors import cividis, hexadecimal, ink_on
from namegen.settings import BigramSettings, MLPSettings, NgramSettings

KINDS = ["counts", "probabilities", "embedding", "activations", "loss", "lengths"]


def network(**settings):
    sizes = {"context_size": 2, "embedding_size": 3, "hidden_size": 5, "hidden_layers": 1, "activation": "tanh"}
    model = MLP(MLPSettings(**(sizes | settings)), Vocabulary("abc")).eval().requires_grad_(False)
    model.initialise(torch.Generator().manual_seed(1))
    return model


def counted():
    return count(Bigram(BigramSettings(), Vocabulary("abc")), Names.of(["ab", "abc", "c"]))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A bigram, and a small network with a history, from one list."""
    folder = tmp_path_factory.mktemp("models")
    bigram = namegen.train("irish", model="bigram")
    mlp = namegen.train("irish", model="mlp", epochs=2, hidden_size=20, embedding_size=2, activation="tanh")
    bigram.save(folder / "bigram.safetensors")
    mlp.save(folder / "mlp.safetensors")
    return folder


def file_for(kind, folder):
    return folder / ("bigram.safetensors" if kind in ("counts", "probabilities") else "mlp.safetensors")


# The numbers


def test_counts_are_those_of_the_pairs():
    found = pictures.counts(counted())
    assert found.symbols == (".", "a", "b", "c")
    assert found.values == ((0, 2, 0, 1), (0, 0, 2, 0), (1, 0, 0, 1), (2, 0, 0, 0))
    assert pictures.counts_in(["ab", "abc", "c"]) == found


@pytest.mark.parametrize("most", [3, 10, 40])
def test_the_counts_of_a_list_are_those_of_a_bigram_model_of_it(most):
    names = namegen.read_corpus("irish").names
    model = count(Bigram(BigramSettings(), Vocabulary.of(names)), names)
    assert pictures.counts_in(names, most) == pictures.counts(model, most)


def test_a_blend_shows_the_member_that_has_the_picture():
    model = Blend.of([network(), counted()])
    assert pictures.counts(model) == pictures.counts(counted())
    assert pictures.embedding(model) == pictures.embedding(network())


def test_the_family_that_has_a_picture_is_named():
    ngram = Ngram(NgramSettings(order=2), Vocabulary("ab"))
    for picture, family in ((pictures.counts, "bigram"), (pictures.embedding, "mlp")):
        with pytest.raises(UsageError, match=f"the family of this model is ngram; .*model='{family}'"):
            picture(ngram)
    with pytest.raises(UsageError, match="mlp"):
        activations.activations(ngram, ["ab"])


def test_probabilities_are_the_model_s_after_each_letter():
    found = pictures.probabilities(counted())
    assert torch.allclose(torch.tensor(found.values), counted().probabilities())
    model = network()
    row = model.log_probabilities(torch.tensor([[0, 2]])).exp()[0]
    assert torch.allclose(torch.tensor(pictures.probabilities(model).values[2]), row)


def test_of_a_large_vocabulary_the_most_frequent_tokens_are_shown():
    model = counted()
    found = pictures.counts(model, most=3)
    assert (found.symbols, found.left_out) == ((".", "a", "b"), 1) or found.symbols == (".", "b", "c")
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    names = Names.of([characters[7] * 3, characters[2000] * 2, characters[7]])
    wide = count(Ngram(NgramSettings(order=2), Vocabulary(characters)), names)
    assert pictures.probabilities(wide, most=3).symbols == (".", characters[7], characters[2000])


def test_two_dimensions_are_shown_as_they_are_and_more_by_the_plane_of_most_variance():
    flat = network(embedding_size=2)
    found = pictures.embedding(flat)
    assert [(p.x, p.y) for p in found.points] == [tuple(row) for row in flat.embedding.tolist()]
    assert (found.dimensions, found.explained) == (2, 1.0)
    rows = torch.randn(40, 6, generator=torch.Generator().manual_seed(1)) * torch.tensor([5, 3, 1, 1, 1, 1])
    plane, explained = pictures.principal_plane(rows)
    covariance = torch.linalg.eigvalsh(torch.cov(rows.T))
    assert explained == pytest.approx(float(covariance[-2:].sum() / covariance.sum()), rel=1e-4)
    assert torch.allclose(plane.var(0), covariance.flip(0)[:2], rtol=1e-3)


@pytest.mark.parametrize(
    ("symbol", "vowel"), [("a", True), ("É", True), ("ü", True), ("и", True), ("й", False), ("b", False), (".", False)]
)
def test_vowels(symbol, vowel):
    assert pictures.is_vowel(symbol) is vowel


@pytest.mark.parametrize(("activation", "layers"), [("tanh", 1), ("tanh", 2), ("gelu", 2)])
def test_the_hidden_layers_are_those_that_give_the_logits(activation, layers):
    model = network(activation=activation, hidden_layers=layers)
    contexts = torch.tensor([[0, 1], [2, 3], [1, 1]])
    hidden = list(activations._hidden(model, contexts))
    last = sum(outputs for _, outputs in hidden)
    assert torch.allclose(model.output(last), model(contexts), atol=1e-6)


def test_dead_units_are_found_by_number():
    model = network()
    model.hidden[0].bias[3] = 1000.0
    found = activations.activations(model, ["abc", "cab", "b"] * 30)
    assert found.dead == (3,)
    assert found.dead_units() == "dead units: 1 (20.0%): 4"
    assert found.share == pytest.approx(sum(map(sum, found.is_saturated)) / (5 * len(found.is_saturated)))
    gelu = network(activation="gelu")
    gelu.hidden[0].bias[1] = -1000.0
    assert activations.activations(gelu, ["abc", "cab"]).dead == (1,)
    gelu.hidden[0].bias[1] = 1000.0
    assert activations.activations(gelu, ["abc", "cab"]).dead == ()


def test_activations_need_a_layer_and_names():
    with pytest.raises(UsageError, match="layer 2 is not there"):
        activations.activations(network(), ["abc"], layer=2)
    with pytest.raises(UsageError, match="does not know"):
        activations.activations(network(), ["xyz"])


def test_the_curves_are_the_history():
    rows = [
        {"epoch": 1, "step": 10, "train_loss": 2.0, "validation_loss": 2.5, "learning_rate": 0.1, "member": "mlp 1"},
        {"epoch": 1, "step": 10, "train_loss": 1.9, "validation_loss": None, "learning_rate": 0.1, "member": "mlp 2"},
        {"epoch": 2, "step": 20, "train_loss": 1.5, "validation_loss": 2.1, "learning_rate": 0.1, "member": "mlp 1"},
    ]
    first, second = pictures.curves(TrainingRecord(history=rows))
    assert first == pictures.Curve("mlp 1", (10, 20), (2.0, 1.5), (2.5, 2.1))
    assert second.validation == (None,)
    plots.draw_loss([first, second])
    with pytest.raises(UsageError, match="no training history"):
        pictures.curves(TrainingRecord())


# The colours


def test_every_ink_can_be_read_on_its_ground():
    def luminance(code):
        linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in code]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    shades = [cividis(step / 50) for step in range(51)]
    for shade in shades:
        ink = luminance((0, 0, 0) if ink_on(shade) == "#000000" else (255, 255, 255))
        low, high = sorted((ink, luminance(shade)))
        assert (high + 0.05) / (low + 0.05) > 4.4
    assert [luminance(shade) for shade in shades] == sorted(luminance(shade) for shade in shades)
    assert hexadecimal(cividis(0)) == "#00224e"


# Files


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_becomes_a_file(run_here, trained, kind, tmp_path):
    done = run_here("plot", kind, file_for(kind, trained), "-o", tmp_path / "picture.png")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "picture.png") as picture:
        assert min(picture.size) > 700
        assert len(picture.convert("L").resize((60, 60)).getcolors()) > 5


def test_the_same_numbers_give_the_same_svg(tmp_path):
    for name in ("one.svg", "two.svg"):
        plots.save(plots.draw_matrix(pictures.counts(counted())), tmp_path / name)
    assert ET.parse(tmp_path / "one.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_an_svg_holds_every_pair_and_number_as_text_that_can_be_searched(tmp_path):
    plots.save(plots.draw_matrix(pictures.counts(counted())), tmp_path / "counts.svg")
    texts = [text.text for text in ET.parse(tmp_path / "counts.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert {"ab", "bc", "c.", "2", pictures.COUNTS_TITLE} <= set(texts)


def test_a_character_that_no_font_can_write_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "_fonts", lambda: ["DejaVu Sans"])
    model = count(Bigram(BigramSettings(), Vocabulary("a李王")), Names.of(["a李王"]))
    assert plots.save(plots.draw_matrix(pictures.counts(model)), tmp_path / "chinese.png") == 2
    assert plots.save(plots.draw_matrix(pictures.counts(counted())), tmp_path / "latin.png") == 0


def test_letters_of_any_script_are_drawn_without_a_warning(tmp_path):
    model = count(Bigram(BigramSettings(), Vocabulary(" aß李ا\u0301")), Names.of(["aß李 ا\u0301"]))
    plots.save(plots.draw_matrix(pictures.counts(model)), tmp_path / "any.png")


def test_marks_that_would_hide_each_other_are_moved_apart():
    moved = plots._apart([(0.0, 0.0), (0.0, 0.0), (5.0, 5.0), (10.0, 10.0)], 0.1)
    (x, y), (other_x, other_y) = moved[:2]
    assert ((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5 == pytest.approx(1.0, rel=0.01)
    assert moved[2:] == [(5.0, 5.0), (10.0, 10.0)]


def test_a_file_that_stands_is_kept_and_an_unknown_ending_refused(run_here, trained, tmp_path):
    (tmp_path / "mine.png").write_text("mine")
    done = run_here("plot", "counts", trained / "bigram.safetensors", "-o", tmp_path / "mine.png")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (tmp_path / "mine.png").read_text() == "mine"
    done = run_here("plot", "counts", trained / "bigram.safetensors", "-o", tmp_path / "mine.bmp")
    assert done.returncode == 2
    assert "pictures are written as png, svg, pdf" in done.stderr


def test_without_matplotlib_the_way_out_is_one_line_and_the_terminal_works(tmp_path, trained, clean_environment):
    script = """
import sys
sys.modules["matplotlib"] = None
sys.argv = ["namegen", "plot", "counts", *sys.argv[1:]]
from namegen.cli.app import main
main()
"""
    command = [sys.executable, "-c", script, trained / "bigram.safetensors"]
    options = {"capture_output": True, "text": True, "cwd": tmp_path, "env": clean_environment}
    done = subprocess.run([*command, "-o", "x.png"], check=False, **options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: pictures as files need matplotlib: pip install matplotlib\n"
    subprocess.run(command, check=True, **options)


# The terminal


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_pipe_every_picture_is_plain_text(run_here, trained, kind):
    done = run_here("plot", kind, file_for(kind, trained))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 8
    assert "\x1b" not in done.stdout


def test_json_is_the_numbers_behind_the_picture(run_here, trained):
    done = run_here("plot", "counts", trained / "bigram.safetensors", "--format", "json")
    matrix = json.loads(done.stdout)
    assert matrix["values"] == namegen.load(trained / "bigram.safetensors").model.counts.tolist()


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("embedding", "the family of this model is bigram; an embedding is what the mlp model learns"),
        ("loss", "no training history"),
    ],
)
def test_what_a_model_does_not_have_is_said_in_one_line(run_here, trained, kind, complaint):
    done = run_here("plot", kind, trained / "bigram.safetensors")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert complaint in done.stderr
