"""`namegen score`: single names at a prompt and in a pipe."""

import json
import re

import pytest

import namegen


@pytest.fixture(scope="module")
def model_file(irish_ngram, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "irish.safetensors"
    irish_ngram.save(path)
    return path


def test_json_holds_every_number_and_null_where_there_is_none(run_here, model_file, irish_ngram):
    done = run_here("score", model_file, "brian", "Øre", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    brian, odd = json.loads(done.stdout)
    (expected,) = irish_ngram.score(["brian"])
    assert brian["log_probability"] == round(expected.log_probability, 6)
    assert brian["letters"] == [
        {"symbol": one.symbol, "surprisal": round(one.surprisal, 6)} for one in expected.letters
    ]
    assert (odd["name"], odd["unknown"], odd["loss"], odd["letters"]) == ("Øre", "ø", None, [])


def test_jsonl_is_one_object_for_each_line_of_standard_input_whatever_its_capitals(run_here, model_file):
    done = run_here("score", model_file, "--format", "jsonl", input="brian\r\n\nuna\nBrian")
    small, _, capital = rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["name"] for row in rows] == ["brian", "una", "Brian"]
    assert capital == small | {"name": "Brian"}


def test_a_pipe_gets_plain_lines(run_here, model_file, irish_ngram):
    done = run_here("score", model_file, input="brian\nØre\n[red]x\n")
    assert (done.returncode, done.stderr) == (0, "")
    title, brian, odd, markup = done.stdout.splitlines()
    (expected,) = irish_ngram.score(["brian"])
    assert title.split()[:5] == ["name", "is", "typical", "loss", "ln"]
    facts = ["brian", "train", f"{expected.typical:.0%}", f"{expected.loss:.4f}", f"{expected.log_probability:.3f}"]
    assert brian.split()[:5] == facts
    assert brian.split()[5::2] == list("brian.")
    assert odd.split()[:5] == ["Øre", "new", "0%", "inf", "-inf"]
    assert odd.endswith("the model does not know 'ø'")
    assert markup.startswith("[red]x  new ")
    assert "the model does not know '['" in markup
    assert "\x1b" not in done.stdout


def test_without_letters_there_is_a_line_for_each_name(run_here, model_file, irish_ngram):
    names = ["brian", "Øre", "una", "=1+1", "brian"]
    without = irish_ngram.score(names, letters=False)
    lines = run_here("score", model_file, "--no-letters", *names).stdout.splitlines()
    assert lines[0].split() == ["name", "is", "typical", "loss", "ln", "p"]
    assert lines[3].split()[-2:] == [f"{without[2].loss:.4f}", f"{without[2].log_probability:.3f}"]
    assert lines[2].endswith("the model does not know 'ø'")
    (row, *_) = json.loads(run_here("score", model_file, "una", "--no-letters", "--format", "json").stdout)
    assert row == {
        "name": "una",
        "origin": "train",
        "typical": round(without[2].typical, 4),
        "loss": round(without[2].loss, 6),
        "log_probability": round(without[2].log_probability, 6),
        "unknown": "",
    }


def test_csv_is_a_table_of_names(run_here, model_file, irish_ngram):
    done = run_here("score", model_file, "una", "x,y", "--format", "csv")
    (una,) = irish_ngram.score(["una"])
    assert done.stdout.splitlines() == [
        "name,origin,typical,loss,log_probability,unknown",
        f"una,train,{round(una.typical, 4)},{round(una.loss, 6)},{round(una.log_probability, 6)},",
        '"x,y",new,0.0,inf,-inf,"x,"',
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint", "code"),
    [
        (["score", "nowhere.safetensors", "una"], "nowhere.safetensors: does not exist", 1),
        (["score", "{model}", "a\x1b[2Jb"], r"the command line, line 1: contains a control character (U+001B)", 1),
        (["score"], "Missing argument", 2),
    ],
)
def test_errors_are_one_line(run_here, model_file, arguments, complaint, code):
    done = run_here(*(argument.format(model=model_file) for argument in arguments))
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    assert complaint in done.stderr


def test_a_list_can_replace_a_model(run_here):
    done = run_here("score", "irish", "brian", "brx", "--format", "json")
    brian, odd = json.loads(done.stdout)
    assert brian["loss"] == pytest.approx(namegen.open_model("irish").score(["brian"])[0].loss)
    assert (brian["origin"], odd["origin"]) == ("train", "new")
    assert re.fullmatch(r"fitted a blend to 1,046 names in \d+\.\d\d s\n", done.stderr)
    assert run_here("score", "irish", "brian", "--quiet").stderr == ""


def test_no_names_on_standard_input_is_reported(run_here, model_file):
    done = run_here("score", model_file, input="")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no names on standard input\n"
    assert run_here("score", "-", input="anna\nemma\n").returncode == 2


def test_a_name_is_as_typical_as_the_share_of_held_out_names_that_are_less_probable(irish_ngram):
    held_out = irish_ngram.score(irish_ngram.read_split().held_out)
    assert {one.origin for one in held_out} == {"held out"}
    for one in held_out[:20]:
        less_probable = sum(other.loss > one.loss for other in held_out) / len(held_out)
        assert one.typical == pytest.approx(less_probable, abs=0.02)


def test_of_a_list_that_cannot_be_read_again_the_column_is_left_out(run_here, tmp_path):
    old = namegen.train(names=[*namegen.read_corpus("irish").names], model="bigram")
    old.save(tmp_path / "old.safetensors")
    title, row = run_here("score", tmp_path / "old.safetensors", "brian").stdout.splitlines()
    assert title.split()[:3] == ["name", "is", "loss"]
    assert row.split()[2] == f"{old.score(['brian'])[0].loss:.4f}"
    (told,) = json.loads(run_here("score", tmp_path / "old.safetensors", "brian", "--format", "json").stdout)
    assert "typical" not in told
