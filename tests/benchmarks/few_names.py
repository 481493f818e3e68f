"""Names from a few: how good models of 20 to 300 names are, on lists that the pretrained network has never met.

The six lists are left out of the pretraining with all their names. Each figure is the mean over them.
"""

import hashlib
import inspect
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from string import ascii_lowercase

import torch
from measuring import Row, median_seconds

import namegen
from namegen.corpus.packed_names import Names
from namegen.corpus.sources import IN_MEMORY
from namegen.corpus.split import Split, choose_at_most, split
from namegen.evaluation.losses import evaluate
from namegen.evaluation.quality import RealNames
from namegen.models import NameModel, Ngram
from namegen.settings import NgramSettings, SampleSettings, TrainSettings
from namegen.training import pretraining
from namegen.training.checkpoint import Checkpoint
from namegen.training.fit import count, fit_adapted, fit_network
from namegen.training.network import TrainingRun
from namegen.training.pretrained import PretrainedNetwork, read_pretrained

CACHE = Path(__file__).parents[2] / "demo"
LEFT_OUT = ("igbo", "finnish", "hungarian", "dinosaurs", "welsh", "korean")
SIZES = (20, 50, 100, 300)
SAMPLES = 3  # of the names of a list: one alone moves a loss by some hundredths
TEST_NAMES = 100
DRAWN = 500
ADAPTATIONS = 6
NO_NAMES = Names.of([])

Maker = Callable[[Names, namegen.Vocabulary], NameModel]


def pretrained(
    left_out: Iterable[str] = (), forbidden: Names | None = None, *, quick: bool = False
) -> PretrainedNetwork:
    """The network pretrained without some lists and names; kept in a file named by lists, recipe and program."""
    lists = pretraining.training_lists(left_out, forbidden)
    if quick:
        lists = {name: lists[name] for name in [*lists][:6]}
    recipe = pretraining.Recipe(epochs=1, hidden_size=64) if quick else pretraining.Recipe()
    parts = [pretraining.fingerprint(lists), asdict(recipe), inspect.getsource(pretraining)]
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
    path = CACHE / f"pretrained-{key}.safetensors"
    if not path.is_file():
        CACHE.mkdir(exist_ok=True)
        pretraining.pretrain(lists, recipe).save(path)
    return read_pretrained(path)


def names_from_few(*, quick: bool) -> Iterator[Row]:
    """Losses for each size, the quality of generated names for 30, and the seconds of an adaptation."""
    network = pretrained(LEFT_OUT, quick=quick)
    lists = {name: namegen.read_corpus(name).names for name in LEFT_OUT[: 1 if quick else None]}
    yield from losses(network, lists, SIZES[:1] if quick else SIZES, 1 if quick else SAMPLES)
    yield from qualities(network, lists, 30, DRAWN // 5 if quick else DRAWN)
    yield from adaptation(network, namegen.read_corpus("surnames").names, (30,) if quick else (30, 300, 3000))


def makers(network: PretrainedNetwork) -> dict[str, Maker]:
    """The models that are compared, each made from names and a vocabulary."""
    adapted, fast = TrainSettings.of(preset="adapted"), TrainSettings.of(preset="fast", pretrained=False)

    def make_fast(names: Names, vocabulary: namegen.Vocabulary) -> NameModel:
        run = TrainingRun(Checkpoint((IN_MEMORY,), fast))
        return fit_network(run, vocabulary, Split(names, NO_NAMES, NO_NAMES))

    return {
        "n-gram": lambda names, vocabulary: count(Ngram(NgramSettings(), vocabulary), names).eval(),
        "blend fast": make_fast,
        "adapted": lambda names, vocabulary: fit_adapted(adapted, network, names, vocabulary),
    }


def vocabulary_of(*texts: str) -> namegen.Vocabulary:
    return namegen.Vocabulary("".join(sorted(set().union(*texts))))


def some_of(names: Names, n: int, seed: int) -> Names:
    """n of the names at random; more names with the same seed hold them too."""
    return names.select(torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))[:n])


def losses(network: PretrainedNetwork, lists: dict[str, Names], sizes: Sequence[int], samples: int) -> Iterator[Row]:
    """The loss on test names of each list; all models know the same characters."""
    for size in sizes:
        found: dict[str, list[float]] = defaultdict(list)
        for names in lists.values():
            sets = split(names)
            test = some_of(sets.test, TEST_NAMES, seed=7)
            vocabulary = vocabulary_of(ascii_lowercase, names.characters)
            for seed in range(1, samples + 1):
                few = some_of(sets.train, size, seed)
                for what, make in makers(network).items():
                    found[what].append(evaluate(make(few, vocabulary), test).loss)
        for what, values in found.items():
            yield {"what": f"loss from {size} names, {what}", "value": statistics.mean(values), "unit": "nats/char"}


def qualities(network: PretrainedNetwork, lists: dict[str, Names], size: int, drawn: int) -> Iterator[Row]:
    """Names drawn from models of a few names: plausible, AUC against real ones, near-copies, distinct.

    None is on the list that it was drawn from; a name may come twice. They are measured by all names of the language,
    as `namegen.evaluation.quality` does it for a whole list.
    """
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for names in lists.values():
        few = some_of(split(names).train, size, seed=1)
        others = names.select(~torch.isin(names.hashes(), few.hashes()))
        real = RealNames.of(Split(few, Names.of([]), some_of(others, len(others), seed=3)))
        for what, generated in generated_names(network, few, drawn).items():
            distinct = len({*generated}) / len(generated)
            measured = (real.plausible(generated), real.auc(generated), real.near_copies(generated))
            found[what].append((*measured, distinct))
    for what, rows in found.items():
        plausible, area, near, distinct = map(statistics.mean, zip(*rows, strict=True))
        row = {"what": f"names from {size}, {what}", "value": plausible, "unit": "plausible"}
        yield row | {"auc": area, "near_copies": near, "distinct": distinct}


def generated_names(network: PretrainedNetwork, few: Names, n: int) -> dict[str, Names]:
    """n names from each model, none of them on the list."""
    own, joined = vocabulary_of(few.characters), vocabulary_of(few.characters, ascii_lowercase)
    make = makers(network)
    adapted = make["adapted"](few, joined)
    raw, usual = (SampleSettings(n=n, seed=1, allow_repeats=True, raw=is_raw) for is_raw in (True, False))
    any_model = namegen.train(names=few, model="bigram", holdout=0)  # for what is recorded of the list

    def draw(model: NameModel, settings: SampleSettings) -> Names:
        return replace(any_model, model=model).collect(settings).names

    return {
        "n-gram": draw(make["n-gram"](few, own), raw),
        "blend fast": draw(make["blend fast"](few, own), raw),
        "Markov chain of order 2": markov_chain(few, 2, n, seed=1),
        "Markov chain of order 3": markov_chain(few, 3, n, seed=1),
        "adapted, raw": draw(adapted, raw),
        "adapted, as drawn by default": draw(adapted, usual),
    }


def markov_chain(names: Sequence[str], order: int, n: int, seed: int) -> Names:
    """n new names, each character drawn from those that followed the last `order` characters on the list."""
    followers = defaultdict(list)
    for name in names:
        text = "^" * order + name + "$"
        for place in range(order, len(text)):
            followers[text[place - order : place]].append(text[place])
    draw, known, new = random.Random(seed), {*names}, list[str]()
    while len(new) < n:
        text = "^" * order
        while text[-1] != "$":
            text += draw.choice(followers[text[-order:]])
        new += [text[order:-1]] if text[order:-1] not in known else []
    return Names.of(new)


def adaptation(network: PretrainedNetwork, names: Names, sizes: Sequence[int]) -> Iterator[Row]:
    """Seconds, in a process that runs, from names to an adapted blend, and those of the processor."""
    make = makers(network)["adapted"]
    for size in sizes:
        few = choose_at_most(size, names)
        vocabulary = vocabulary_of(few.characters, ascii_lowercase)
        started = time.process_time()
        seconds = median_seconds(lambda few=few, vocabulary=vocabulary: make(few, vocabulary), ADAPTATIONS - 1)
        of_processor = (time.process_time() - started) / ADAPTATIONS
        yield {"what": f"adaptation to {size:,} names", "value": seconds, "unit": "s", "cpu_seconds": of_processor}
