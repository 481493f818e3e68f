"""Constraints: the tensors say what plain Python says, and constraints that contradict each other are refused."""

import contextlib
import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import namegen
from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import UsageError, VocabularyError
from namegen.sampling.constraints import meets
from namegen.sampling.filter import NameFilter
from namegen.sampling.patterns import Pattern
from namegen.settings import Constraints

names = st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=8)
pieces = st.lists(st.text("abc", min_size=1, max_size=3), max_size=2).map(tuple)


@given(names, pieces, pieces, pieces, pieces, st.integers(1, 4), st.integers(0, 4))
def test_names_are_kept_as_plain_python_would_keep_them(names, starts, ends, contains, excludes, low, more):
    given = {"starts_with": starts, "ends_with": ends, "contains": contains, "excludes": excludes}
    try:
        constraints = Constraints.of(min_length=low, max_length=low + more, **given)
    except UsageError:
        return
    expected = [
        (not starts or name.startswith(starts))
        and (not ends or name.endswith(ends))
        and all(piece in name for piece in contains)
        and not any(piece in name for piece in excludes)
        and low <= len(name) <= low + more
        for name in names
    ]
    assert meets(constraints, Names.of(names)).tolist() == expected


@pytest.mark.parametrize(
    ("constraints", "complaint"),
    [
        ({"min_length": 5, "max_length": 4}, "`min_length` 5 is more than `max_length` 4"),
        ({"min_length": 0}, "`min_length` must be at least 1, not 0"),
        ({"max_length": 201}, "`max_length` must be at most 200, not 201"),
        ({"starts_with": "abcd", "max_length": 3}, "`starts_with` 'abcd' is longer than `max_length` 3"),
        ({"ends_with": ("x", "abcd"), "max_length": 3}, "`ends_with` 'abcd' is longer"),
        ({"contains": "abc", "excludes": "bc"}, "`contains` 'abc' and `excludes` 'bc' contradict each other"),
        ({"starts_with": "a", "excludes": "A"}, "`starts_with` 'a' and `excludes` 'A' contradict"),
        ({"matches": "a" * 2000}, "`matches` must be at most 1,000 long"),
        ({"starts_with": 5}, "`starts_with` must be a text or several texts, not 5"),
        ({"ends_with": "a\nb"}, "`ends_with` 'a.*nb' contains a line break"),
    ],
)
def test_constraints_that_cannot_be_met_are_refused(constraints, complaint):
    with pytest.raises(UsageError, match=complaint):
        Constraints.of(**constraints)


def test_patterns_match_whole_names_and_ignore_capitals():
    assert Pattern("a|ab").matches(["a", "ab", "abc", "b"]).tolist() == [True, True, False, False]
    assert Pattern("Mo.*[A-E]").matches(["mona", "MONA", "mono"]).tolist() == [True, True, False]


PATTERNS = [
    *("a.*b", "(ab|c)+", "[^a]b?", "a{2,3}c*", "(?=.*b)a.*", "(a|b)(?!c).*", r"(.).*\1", r"(?!..$)a.*", r"\w+?(?<!a)"),
    *(r"a(b|c|\w)*(?<=b)", r"a\w*+", r"(?>a|ab)c?", r"a.*\Z", "^a.*$", r"\ba.*b\b", r"a(?:b|c)??b", "(?!ab$)ab.*"),
]


@pytest.mark.parametrize("slow", ["(a|aa)+b", "(x+x+)+y", "(a|a)*b", "([a-c]+)*d", "(.*a){20}z"])
def test_a_slow_pattern_is_refused_or_quick(slow):
    with contextlib.suppress(UsageError):  # without a limit of time this would not end
        assert not Pattern(slow).matches(["a" * 40, "x" * 40, "abc" * 13]).any()


@pytest.mark.parametrize(("seconds", "is_refused"), [(2e-5, False), (2e-4, True)])
def test_a_pattern_is_refused_where_many_names_take_too_long_though_each_is_quick(monkeypatch, seconds, is_refused):
    clock = (seconds * turn for turn in itertools.count())
    pattern = Pattern("(.)b*")
    monkeypatch.setattr("namegen.sampling.patterns.time.thread_time", lambda: next(clock))
    with pytest.raises(UsageError, match="takes too long") if is_refused else contextlib.nullcontext():
        assert pattern.matches(["abc"] * 10_000).sum() == 0


@given(st.lists(st.lists(st.integers(-(1 << 62), 1 << 62) | st.integers(0, 5), max_size=20), max_size=8))
def test_the_set_of_hashes_is_a_set(batches):
    import torch

    hashes, reference = HashSet(torch.tensor([3, 4])), {3, 4}
    for batch in batches:
        new = hashes.add_new(torch.tensor(batch, dtype=torch.int64)).tolist()
        for value, is_new in zip(batch, new, strict=True):
            assert is_new == (value not in reference)
            reference.add(value)
    assert len(hashes) == len(reference)
    lengths = [len(run) for run in hashes.runs]
    assert all(longer >= 2 * shorter for longer, shorter in itertools.pairwise(lengths))


ATOMS = ["a", "b", ".", "[ab]", "(?=a)", "(?!a)", "(?<=a)", "(?<!b)", r"\b", r"\B", "^", "$", "a*", "(a|bb)", "(?=.*b)"]
WORDS = ["".join(letters) for length in range(1, 5) for letters in itertools.product("abc", repeat=length)]


@settings(max_examples=150)
@given(st.sampled_from(PATTERNS) | st.lists(st.sampled_from(ATOMS), min_size=1, max_size=5).map("".join))
def test_every_prefix_of_a_short_match_can_begin_a_match(text):
    pattern = Pattern(text)
    for name, matches in zip(WORDS, pattern.matches(WORDS).tolist(), strict=True):
        if matches:
            assert pattern.can_begin([name[:end] for end in range(len(name) + 1)]).all()


def test_a_prefix_that_a_pattern_rules_out_is_refused():
    with pytest.raises(UsageError, match=r"`starts_with` 'a' and `matches` 'b\.\*' contradict each other"):
        NameFilter(Constraints(starts_with="a", matches="b.*"), Vocabulary("ab"))
    NameFilter(Constraints(starts_with=("a", "b"), matches="b.*"), Vocabulary("ab"))
    NameFilter(Constraints(starts_with="m", matches=r"m\Bo.*"), Vocabulary("mo"))
    with pytest.raises(VocabularyError, match=r"`matches` 'x.*': no name of the model can begin like that"):
        NameFilter(Constraints(matches="x.*"), Vocabulary("ab"))
    shown = namegen.open_model("irish").top(2, starts_with="mo", matches="M.*", case="title")
    assert all(name.startswith("Mo") for name in shown)


@given(st.lists(st.text("aon\u0301\u0303ñ", min_size=1, max_size=5), max_size=8))
def test_no_name_spells_in_two_characters_what_unicode_has_one_for(texts):
    assert meets(Constraints(), Names.of(texts)).tolist() == [
        unicodedata.normalize("NFC", text) == text for text in texts
    ]


def test_constraints_are_taken_in_normal_form_as_lists_are():
    found = Constraints(starts_with="n\u0303", ends_with=("a\u0301",), contains="e\u0301", excludes="o\u0301")
    assert (found.starts_with, found.ends_with, found.contains, found.excludes) == (("ñ",), ("á",), ("é",), ("ó",))
    name_filter = NameFilter(Constraints(matches="[n\u0303a]+"), Vocabulary("anñ"))
    assert name_filter.match(Names.of(["aña", "an"])).tolist() == [True, False]


def test_no_name_has_a_space_of_any_script_at_an_edge():
    every = map(chr, range(0x10FFFF))
    spaces = [c for c in every if c.isspace() and c != "\n" and unicodedata.is_normalized("NFC", c)]
    names = [name for space in spaces for name in (f"{space}a", f"a{space}", f"a{space}a")]
    assert meets(Constraints(), Names.of(names)).tolist() == [False, False, True] * len(spaces)
