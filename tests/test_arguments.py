"""Wrong arguments of the library: each is told in one line that names it, and nothing is silently taken for another."""

import inspect
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

import namegen
from namegen.errors import UsageError
from namegen.plotting import activations
from namegen.plotting import data as pictures

NAMES = ["aoife", "bran", "conn", "deirdre"]
MODEL = namegen.train(names=NAMES, model="bigram", holdout=0)
EVALUATION = MODEL.evaluate(NAMES)
GOOD = {
    "sources": "irish",
    "source": "irish",
    "path": "no.safetensors",
    "checkpoint": "no.checkpoint",
    "names": namegen.Names.of(NAMES),
    "drawn": NAMES,
    "train": NAMES,
    "train_hashes": MODEL.train_hashes,
    "vocabulary": MODEL.model.vocabulary,
    "model": MODEL.model,
    "evaluation": EVALUATION,
    "evaluations": [EVALUATION],
    "by": "length",
    "generated": NAMES,
    "record": MODEL.record,
    "n": 1,
    "seed": 1,
}
FUNCTIONS = [getattr(namegen, name) for name in namegen.__all__ if inspect.isfunction(getattr(namegen, name))]
PICTURES = [pictures.counts, pictures.counts_in, pictures.probabilities, pictures.embedding, pictures.curves]
PICTURES += [pictures.lengths, activations.activations]
METHODS = [getattr(MODEL, name) for name in dir(namegen.TrainedModel) if not name.startswith("_")]
CALLS = [*FUNCTIONS, *PICTURES, *(method for method in METHODS if inspect.ismethod(method))]


WRONG = {
    "namegen.train(names=5)": "names must be a list of texts or None, not 5.",
    'namegen.train(names="ava")': "names must be a list of texts or None, not 'ava'. Give ['ava'].",
    "namegen.train([1, 2])": "sources must be a text or a path or a list of texts or paths, not [1, 2].",
    'namegen.train(names=["a", None])': "names must be texts, and None is none. Leave it out.",
    'namegen.train(names=iter(["a", 5]))': "names must be texts, and 5 is none. Leave it out.",
    'namegen.train("irish", lower="no")': "lower must be True or False, not 'no'.",
    'namegen.train("irish", split_seed=1.5)': "split_seed must be a whole number, not 1.5.",
    'namegen.train("irish", holdout=math.nan)': "holdout nan is outside what is allowed",
    'namegen.train("irish", holdout=False)': "holdout must be a number, not False.",
    'namegen.train("irish", model="bigram", device="xpu")': "device 'xpu' is not there. Choose from: auto",
    'namegen.train("")': "An empty text names no list.",
    'namegen.train("irish", model="bigram", validation="")': "An empty text names no list.",
    "MODEL.sample(1, temprature=1)": "unknown setting 'temprature'. Did you mean 'temperature'?",
    'MODEL.top(1, start_with="a")': "unknown setting 'start_with'. Did you mean 'starts_with'?",
    "MODEL.top(1, qqq=1)": "unknown setting 'qqq'. Choose from: allow_known, case, contains, ends_with, excludes,",
    'MODEL.top(1, case="tilte")': "case must be 'keep' or 'title' or 'upper' or 'lower', not 'tilte'.",
    "MODEL.score([1])": "names must be texts, and 1 is none. Leave it out.",
    'MODEL.evaluate(["a", None])': "names must be texts, and None is none. Leave it out.",
    "MODEL.sample(1, alow_known=True)": "unknown setting 'alow_known'. Did you mean 'allow_known'?",
    "MODEL.top(1, alow_known=True)": "unknown setting 'alow_known'. Did you mean 'allow_known'?",
    "MODEL.sample(1, sede=2)": "unknown setting 'sede'. Did you mean 'seed'?",
    "namegen.train([])": "There are no sources to read. Give at least one.",
    'namegen.train("irish", names=NAMES)': "Give sources or names, not both.",
    'MODEL.save("a\\0b")': "a\0b: cannot be written (embedded null byte).",
    'MODEL.score(["mona\\ncora"])': "the name 'mona\\ncora' holds a line break. Give it as two names.",
    'namegen.train("irish", model=None)': "model must be a text, not None.",
    'namegen.train("irish", model="ngram", prune=5)': "prune must be a list of whole numbers, not 5.",
    'namegen.train("irish", model="mlp", context_size=2.0)': "context size 2.0 is no whole number.",
    'namegen.train("irish", model="mlp", epochs=True)': "epochs True is no whole number.",
    "namegen.load(None)": "path must be a text or a path, not None.",
    "namegen.blend([])": "There are no models to blend. Give at least one.",
    "namegen.Blend.of([])": "There are no models to blend. Give at least one.",
    'namegen.blend([MODEL], ["half"])': "weights must be a list of numbers or None, not ['half'].",
    "namegen.qualities({})": "There are no models to judge. Give at least one.",
    "namegen.tables([MODEL])": "models must be a dictionary of texts to TrainedModels, not [<TrainedModel",
    'namegen.tables({"it": MODEL}, {"some": 5})': "given must be a dictionary of texts to Names or None",
    "MODEL.sample(2.5)": "n must be a whole number, not 2.5.",
    "MODEL.sample(-1)": "n -1 is outside what is allowed: 0 to 1,000,000,000,000.",
    "MODEL.sample(seed=2**64)": "seed 18446744073709551616 is outside what is allowed: 0 to 4,294,967,295.",
    'MODEL.sample(seed="x")': "seed must be a whole number, not 'x'.",
    'MODEL.sample(sort="size")': "sort must be 'none' or 'probability' or 'length' or 'name', not 'size'.",
    'MODEL.sample(temperature="hot")': "temperature 'hot' is no number.",
    "MODEL.sample(temperature=math.nan)": "temperature nan is outside what is allowed",
    "MODEL.sample(temperature=True)": "temperature True is no number.",
    "MODEL.sample(starts_with=5)": "starts_with must be a text or a list of texts, not 5.",
    "MODEL.sample(allow_repeats=1)": "allow_repeats must be True or False, not 1.",
    "MODEL.top(0)": "number 0: at least 1 name has to be asked for.",
    "MODEL.stream(seed=None)": "seed must be a whole number, not None.",  # told before it is iterated
    'MODEL.score("ava")': "names must be a list of texts, not 'ava'. Give ['ava'].",
    'MODEL.score(b"ava")': "names must be a list of texts, not b'ava'.",
    "MODEL.evaluate([])": "There are no names to evaluate. Give at least one.",
    "namegen.evaluate_baselines([], MODEL.model.vocabulary, NAMES)": "There are no names to count.",
    "namegen.quality([], MODEL.train_hashes)": "There are no names to compare.",
    "namegen.quality(NAMES, MODEL.train_hashes, [])": "There are no names to compare.",
    "namegen.differences_to_best([EVALUATION], resamples=0)": "resamples 0 is outside what is allowed: 1",
    'namegen.Names.of("ava")': "names must be a list of texts, not 'ava'. Give ['ava'].",
    "namegen.plotting.data.lengths([])": "There are no names to measure. Give at least one.",
    "namegen.plotting.activations.activations(MODEL.model, NAMES, examples=0)": "examples 0 is outside what is allowed: 1 to",
    "namegen.plotting.data.counts(MODEL.model, 0)": "most 0 is outside what is allowed: 1 to",
    "namegen.Vocabulary(5)": "characters must be a text, not 5.",
    "namegen.Vocabulary.of([5])": "names must be texts, and 5 is none.",
    "namegen.Examples(NAMES, MODEL.model.vocabulary, -1)": "context_size -1 is outside what is allowed",
    "namegen.Bigram(None, MODEL.model.vocabulary)": "config must be a Config, not None.",
}


def required(function: Any, but: str) -> dict[str, Any]:
    """Good values for all other arguments that have to be given."""
    good = GOOD | {"models": [MODEL] if function is namegen.blend else {"it": MODEL}}
    parameters = inspect.signature(function).parameters.values()
    return {
        p.name: good[p.name] for p in parameters if p.default is p.empty and p.kind != p.VAR_KEYWORD and p.name != but
    }


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__qualname__)
def test_every_argument_that_is_of_no_use_is_named(function):
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind != parameter.VAR_KEYWORD:
            with pytest.raises(UsageError, match=f"^{parameter.name} must be .*, not <object"):
                function(**required(function, but=parameter.name), **{parameter.name: object()})


@pytest.fixture(scope="module")
def told():
    """What a process in which annotations are not checked, as users' are, says to each of the wrong calls."""
    code = (
        "import json, math, sys, namegen, namegen.plotting.activations, namegen.plotting.data\n"
        f"NAMES = {NAMES}\n"
        "MODEL = namegen.train(names=NAMES, model='bigram', holdout=0)\n"
        "EVALUATION = MODEL.evaluate(NAMES)\n"
        "said = {}\n"
        "for call in json.load(sys.stdin):\n"
        "    try:\n"
        "        said[call] = f'nothing: {eval(call)}'\n"
        "    except namegen.errors.NamegenError as error:\n"
        "        said[call] = str(error)\n"
        "    except Exception as error:\n"
        "        said[call] = repr(error)\n"
        "print(json.dumps(said))\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, input=json.dumps([*WRONG]), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("call", WRONG)
def test_what_is_wrong_is_told_in_a_line_with_the_way_out(call, told):
    assert told[call].startswith(WRONG[call])
    assert "\n" not in told[call]


def test_a_list_of_names_may_be_anything_that_gives_texts():
    found = [MODEL.evaluate(names).loss for names in (NAMES, tuple(NAMES), iter(NAMES), dict.fromkeys(NAMES))]
    assert found == [EVALUATION.loss] * 4
    assert namegen.split(NAMES * 30, 0.0).train[0] == "aoife"


def wishes(
    whole: int = 0,
    number: float = 0.0,
    either: bool | None = None,
    texts: Sequence[str] = (),
    several: Iterable[str] = (),
    named: Mapping[str, float] | None = None,
    some: tuple[int, ...] = (),
    where: str | Path = "",
    word: Literal["a", "b"] = "a",
    count: Count = 0,
    seed: Seed = 0,
    **others: Any,
) -> str:
    """A function with an argument of every kind."""
    return "taken"


@pytest.mark.parametrize(
    "arguments",
    [
        {"number": 1},
        {"either": True},
        {"either": None},
        {"texts": ["a"]},
        {"several": (text for text in "ab")},
        {"named": {"a": 1}},
        {"some": (1, 2)},
        {"where": Path()},
        {"word": "b"},
        {"count": 10**12},
        {"seed": 2**32 - 1},
        {"seed": 0},
        {"anything": object()},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_what_is_as_annotated_is_taken(arguments):
    assert wishes(**arguments) == "taken"


@pytest.mark.parametrize(
    "arguments",
    [
        {"whole": 1.0},
        {"whole": True},
        {"number": "1"},
        {"number": False},
        {"either": 1},
        {"texts": "ab"},
        {"texts": [1]},
        {"texts": (text for text in "ab")},
        {"several": b"ab"},
        {"named": {"a": "b"}},
        {"named": {1: 1}},
        {"named": [("a", 1)]},
        {"some": (1, True)},
        {"some": [1]},
        {"where": b"a"},
        {"word": "c"},
        {"word": []},
        {"count": -1},
        {"count": 10**12 + 1},
        {"seed": 2**32},
        {"seed": -1},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_what_is_not_as_annotated_is_refused(arguments):
    with pytest.raises(UsageError, match=rf"^{next(iter(arguments))} "):
        wishes(**arguments)


def test_a_checked_function_still_says_what_it_takes():
    assert list(inspect.signature(namegen.train).parameters)[:2] == ["sources", "names"]
    assert namegen.train.__doc__.startswith("Train a model")
    with pytest.raises(TypeError, match="missing a required argument: 'models'"):
        namegen.blend()
