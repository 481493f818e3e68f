"""Labels of names: which names have which, and a model of each."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.api import OWN_SHARE, open_model
from namegen.corpus.labels import label_column, labels_of
from namegen.corpus.reading import corpus_from, list_of, read_list
from namegen.errors import ModelFileError, SourceError, UsageError
from namegen.files.model_file import HEADER
from namegen.files.tensor_file import read_tensors, to_bytes
from namegen.settings import ListSettings

FEMALE, MALE = (
    names.split()
    for names in (
        "Ada Anna Clara Elena Emma Eva Flora Greta Ida Laura Lea Maria Nina Olga Rosa Vera Kim",
        "Bruno Carlo Dario Enzo Hugo Ivo Leo Marco Nico Otto Paolo Remo Sandro Theo Ugo Vito Kim",
    )
)
ROWS = [*((name, "female") for name in FEMALE[:-1]), *((name, "Male") for name in MALE[:-1]), ("Kim", "unisex")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The same names as a list with labels, as a table, and as a table where another column is first."""
    folder = tmp_path_factory.mktemp("labels")
    (folder / "list.txt").write_text("".join(f"{name}\t{label}\n" for name, label in ROWS), "utf-8")
    lines = [f"{name};{2000 + place};{label}\n" for place, (name, label) in enumerate(ROWS)]
    (folder / "list.csv").write_text("".join(["name;born;sex\n", *lines]), "utf-8")
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return namegen.train(folder / "list.txt", label="gender", holdout=0)


values = st.sampled_from(["", "a", "B", "a/b", "b, c", "both", "ANY", " unisex ", "c|a"])


@given(st.lists(st.tuples(st.sampled_from(["x", "y", "z", "X", ""]), values), max_size=20), st.booleans())
def test_a_name_has_the_labels_of_all_lines_that_hold_it(scratch_file, rows, in_memory):
    lines = [f"{name}\t{value}" for name, value in rows]
    scratch_file.write_text("\n".join(lines), encoding="utf-8")
    settings = ListSettings(label="any word")
    reading = list_of(lines, settings) if in_memory else read_list(str(scratch_file), settings, block_bytes=9)
    names = corpus_from(reading, check=False).names
    of_name: dict[str, set[str]] = {}
    for line in lines:
        name, _, value = line.strip().partition("\t")
        of_name.setdefault(name.lower(), set()).update(labels_of(value) if name else ())
    known = set().union(*of_name.values()) - {"both"}
    expected = {label: {name for name, own in of_name.items() if name and own & {label, "both"}} for label in known}
    assert {label: set(own) for label, own in reading.with_labels(names).items()} == expected


def test_a_model_of_a_label_predicts_its_names_better_than_those_of_another(model):
    assert model.labels == ("female", "male")
    assert model.record.labels == {"female": len(FEMALE), "male": len(MALE)}
    female, male = (model.of_label(label) for label in model.labels)
    assert female.evaluate(["Lara", "Mina"]).loss < male.evaluate(["Lara", "Mina"]).loss
    assert male.evaluate(["Mario", "Tito"]).loss < female.evaluate(["Mario", "Tito"]).loss
    assert sum(name.endswith("a") for name in model.sample(20, seed=1, label="female")) >= 12
    assert sum(name.endswith("o") for name in model.sample(20, seed=1, label="Male")) >= 12
    assert not set(model.sample(60, seed=1, label="male")) & {*FEMALE, *MALE}  # the whole list is known
    assert model.top(3, label="male") == male.top(3) != model.top(3)
    assert model.sample(3, seed=1, label="male") == male.sample(3, seed=1)
    assert model.sample(3, seed=1) == model.of_label("").sample(3, seed=1)


def test_a_label_is_the_blend_of_its_own_model_and_that_of_the_whole_list(model):
    contexts = torch.randint(0, model.model.vocabulary.size, (50, 8), generator=torch.Generator().manual_seed(1))
    whole, female, male = (m.log_probabilities(contexts).exp() for m in (model.model, *model.label_models.values()))
    of_one, between = (
        model.of_label(asked).model.log_probabilities(contexts).exp() for asked in ("male", "male,female")
    )
    torch.testing.assert_close(of_one, OWN_SHARE * male + (1 - OWN_SHARE) * whole)
    again = model.of_label("female").of_label("male").of_label("male").model.log_probabilities(contexts).exp()
    assert torch.equal(again, of_one)
    torch.testing.assert_close(between, OWN_SHARE * (female + male) / 2 + (1 - OWN_SHARE) * whole)


def test_a_model_file_keeps_its_labels(tmp_path, model):
    model.save(tmp_path / "model.safetensors")
    loaded = namegen.load(tmp_path / "model.safetensors")
    assert (loaded.labels, loaded.record) == (model.labels, model.record)
    assert loaded.sample(10, seed=1, label="female") == model.sample(10, seed=1, label="female")
    loaded.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "model.safetensors").read_bytes()
    loaded.of_label("female").save(tmp_path / "female.safetensors")
    alone = namegen.load(tmp_path / "female.safetensors")
    assert (alone.labels, alone.sample(5, seed=1)) == ((), model.sample(5, seed=1, label="female"))
    assert set(loaded.read_split().train) == {name.lower() for name in FEMALE + MALE}


@pytest.mark.parametrize(
    "labels",
    [["female"], {"female": 3}, {"female": {}}, {"female": {"family": "no", "settings": {}, "vocabulary": "a"}}, {}, 0],
)
def test_a_file_with_broken_labels_is_refused(tmp_path, model, labels):
    path = tmp_path / "model.safetensors"
    model.save(path)
    tensors, metadata = read_tensors(path)
    path.write_bytes(to_bytes(tensors, {HEADER: json.dumps(json.loads(metadata[HEADER]) | {"labels": labels})}))
    with pytest.raises(ModelFileError, match=r"is not a usable model file"):
        namegen.load(path)


def test_names_are_drawn_by_label_from_a_list_or_a_table_at_once(folder, model):
    expected = open_model(folder / "list.txt", label="male").sample(5, seed=1)
    assert expected == model.sample(5, seed=1, label="male")
    assert expected == open_model(f"{folder / 'list.csv'}:name", label="MALE").sample(5, seed=1)
    opened = open_model(f"{folder / 'list.csv'}:name", label="male,female")
    assert opened.labels == ("female", "male")
    assert opened.sample(5, seed=1) == model.sample(5, seed=1, label="male,female")
    assert label_column(f"{folder / 'list.csv'}:name", "male") == "sex"
    trained = namegen.train(f"{folder / 'list.csv'}:1", label="SEX", holdout=0)
    assert trained.sample(5, seed=1, label="male") == expected


def test_labels_are_learned_in_a_script_that_the_network_does_not_know():
    names = [*(f"{a}ა\tf" for a in "ბგდევზთ"), *(f"{a}ო\tm" for a in "იკლმნოპ")]
    model = namegen.train(names=names, label="gender", holdout=0)
    assert model.model.family == "ngram"
    assert all(name.endswith("ო") for name in model.top(3, label="m", min_distance=1))


@pytest.mark.parametrize(
    ("source", "label", "complaint"),
    [
        ("list.txt", "femal", r"list\.txt: has no label 'femal'\. It has female \(17\), male \(17\)\.$"),
        ("list.txt", "both", r"list\.txt: has no label 'both'\. It has female"),
        ("list.csv:name", "femal", r"no column with the label 'femal'\. It has born: .*; sex: female \(16\), male"),
        ("irsh", "x", r"irsh: no such file"),
        ("surnames", "x", r"surnames: has no labels\. Write each after its name and a tab"),
    ],
)
def test_a_label_that_is_not_there_is_answered_with_those_that_are(folder, monkeypatch, source, label, complaint):
    monkeypatch.chdir(folder)
    with pytest.raises(SourceError, match=complaint):
        open_model(source, label=label)


def test_labels_with_few_names_are_left_out_and_reported(folder):
    heard = []
    listener = type("Listener", (namegen.TrainingListener,), {"on_note": lambda self, text: heard.append(text)})()
    rows = [*("\t".join(row) for row in ROWS), "Alex\tother"]
    model = namegen.train(names=rows, label="gender", holdout=0, listener=listener)
    assert model.labels == ("female", "male")
    assert heard == ["labels with fewer than 5 names are left out: other (2)", "labels: female (17), male (17)"]
    with pytest.raises(SourceError, match=r"f \(1\), m \(1\): a label needs at least 5 names"):
        namegen.train(names=["Anna\tf", "Bo\tm"], label="gender", holdout=0)
    with pytest.raises(SourceError, match="has more than 64 labels"):
        namegen.train(
            names=[f"{chr(97 + n % 26)}{chr(97 + n // 26)}\t{n}" for n in range(70)], label="number", holdout=0
        )


def test_what_labels_cannot_be_learned_with_is_refused(model):
    bigram = namegen.train(names=FEMALE, model="bigram", holdout=0)
    for refused, said in (
        (
            lambda: namegen.train("irish", label="gender", model="bigram"),
            "from the pretrained network, without `mod",
        ),
        (lambda: namegen.train("irish", label="gender", preset="fast"), r"without `preset=fast`\."),
        (lambda: model.sample(1, label="x"), r"^`label` 'x' was not learned by the model\. It has female \(17\), m"),
        (lambda: bigram.top(1, label="x"), r"'x' was not learned by the model\. It has none; name a list"),
        (lambda: open_model("irish", label=", "), r"^`label` ', ' names no label"),
    ):
        with pytest.raises(UsageError, match=said):
            refused()


def test_the_command_line_trains_draws_shows_and_exports_labels(here, folder, model):
    done = here("train", str(folder / "list.csv:name"), "--label", "sex", "--holdout", "0", "-o", "m.safetensors")
    assert (done.returncode, "labels: female (17), male (17)\n" in done.stderr) == (0, True)
    assert "labels      female (17), male (17)\n" in here("info", "m.safetensors").stdout
    drawn = here("sample", "m.safetensors", "--label", "female", "-n", "6", "--seed", "1")
    at_once = here("sample", str(folder / "list.txt"), "--label", "female", "-n", "6", "--seed", "1")
    assert drawn.stdout == at_once.stdout == "".join(f"{name}\n" for name in model.sample(6, seed=1, label="female"))
    assert here("sample", "m.safetensors", "--label", "f", "-n", "1").stderr == (
        "Error: --label 'f' was not learned by the model. It has female (17), male (17).\n"
    )
    rows = here("sample", "m.safetensors", "--label", "male", "-n", "4", "--seed", "1", "--format", "json").stdout
    assert json.loads(rows)["options"] == {"label": "male"}
    assert here("export", "m.safetensors", "--label", "male", "-o", "male.json").returncode == 0
    assert len(json.loads(Path("male.json").read_text("utf-8"))["model"]["members"]) == 4
    line = here("compose", f"{{{folder / 'list.txt'}:label=male}}!", "-n", "3", "--seed", "1")
    assert (line.returncode, line.stdout.count("!\n")) == (0, 3)
