"""What the page is asked for: names that never come, and constraints that cannot be met. It runs in V8."""

import json

import pytest
from export_models import model_of
from export_parts import InV8
from hypothesis import given
from hypothesis import settings as campaign
from hypothesis import strategies as st

from namegen.corpus.packed_names import Names
from namegen.export.page import page_of
from namegen.sampling.block_list import BlockList

LETTERS = "abnAN Éé\u0301ßſsİiıłǰ\u0323क\u093f\u0941"


@pytest.fixture(scope="module")
def irish():
    return InV8(page_of(model_of("ngram")))


def hopeless(irish, **constraints):
    """What the page says cannot be met."""
    steps = "((all) => { let one; do one = all.next(); while (!one.done); return one.value; })"
    return irish(f"{steps}(hopeless(sampler, {json.dumps({'seed': 1} | constraints)}))")


texts = st.lists(st.text(LETTERS, min_size=1, max_size=4).map(str.strip), max_size=6)


@campaign(max_examples=60)
@given(texts, texts, texts)
def test_what_never_comes_is_compared_as_in_python(irish, listed, pieces, asked):
    asked += [*listed, *(f"a{piece}b" for piece in pieces)]
    entries = "\n".join([*listed, *(f"*{piece}*" for piece in pieces)])
    found = irish(
        f"((blocked) => {json.dumps(asked)}.map((name) => blocked.has(name)))(new Blocked({json.dumps(entries)}))"
    )
    known = {*Names.of([name for name in listed if name]).folded()}
    holds = BlockList(piece for piece in pieces if piece).found_in(Names.of(asked)).tolist()
    folded = list(Names.of(asked).folded())
    assert found == [name in known or within for name, within in zip(folded, holds, strict=True)]


def test_names_that_are_never_to_come_do_not(irish):
    usual = [name for name in irish.draw(2000) if name]
    never = f"{usual[0].title()}, {usual[1].upper()}\n*É*\n* ann *"
    drawn = irish(f"((d) => Array.from({{length: 2000}}, () => d.next().value))"
                  f"(sampler.draw({{ seed: 1, blocked: new Blocked({json.dumps(never)}) }}))")  # fmt: skip
    drawn = {name for name in drawn if name}
    assert drawn == {name for name in usual[2:] if "ann" not in name and not set(name) & {"e", "é"}}


def test_a_long_list_of_what_never_comes_is_bounded(irish):
    assert irish("((b) => [b.names.size, b.has('9')])(new Blocked('1\\n2\\n'.repeat(3e4) + '9'))") == [2, False]


@pytest.mark.parametrize(
    ("constraints", "missed"),
    [
        ({"end": "q"}, ["end"]),
        ({"end": "zzz"}, ["end"]),
        ({"contains": "zzz"}, ["contains"]),
        ({"end": "zzz", "contains": "qx", "minP": 0}, ["end", "contains"]),
        ({"start": "brian", "end": "lainn", "max": 9}, ["end"]),
        ({"start": "mar", "end": "ra", "max": 3}, ["end"]),
    ],
)
def test_what_no_name_would_meet_is_known_from_few_samples(irish, constraints, missed):
    assert list(hopeless(irish, **constraints)) == missed
    assert not [name for name in irish.draw(3000, **constraints) if name]


@pytest.mark.parametrize("constraints", [{"start": "ma"}, {"start": "brian", "max": 7}, {"minP": 0}, {"min": 9}])
def test_what_names_meet_is_not_refused(irish, constraints):
    for name in [name for name in irish.draw(400, **constraints) if name][:15]:
        assert hopeless(irish, **constraints, end=name[-3:], contains=name[:4]) == {}, name
