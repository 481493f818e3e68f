"""A page with a model inside: one HTML file that generates names in any browser, offline and without Python.

The model travels packed (see `packing`) as base64, so that none of its characters can be taken for markup. In the
folder `web`, `model.js` computes probabilities, `sampler.js` draws names, and the rest is the page. A content security
policy admits this script and this style alone, and forbids the network.
"""

import base64
import hashlib
import html
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from namegen.api import TrainedModel
from namegen.corpus.sources import DEFAULT_SOURCE, IN_MEMORY, STANDARD_INPUT
from namegen.errors import UsageError
from namegen.export.packing import MISTAKEN_BITS, Packed, pack
from namegen.models import Blend, NameModel
from namegen.version import __version__

SCRIPTS = ("unpack.js", "model.js", "sampler.js", "elements.js", "constraints.js", "kept.js", "results.js", "page.js")
FAMILIES = ("bigram", "ngram", "mlp")  # that `model.js` can compute, alone or in a blend
LISTS_SHOWN = 3
CASES = {"title": "Anna", "upper": "ANNA", "lower": "anna", "keep": "as listed"}


@dataclass(frozen=True)
class Page:
    """An HTML text, and how the weights of the model within it are rounded: to what, and at what cost."""

    text: str
    precision: str
    cost: float  # nats per character; see `packing.Packed`


def page_of(trained: TrainedModel) -> Page:
    """A model as a page. Raises `UsageError` for a family that `model.js` cannot compute.

    >>> import namegen
    >>> page_of(namegen.open_model("irish")).text.splitlines()[0]
    '<!doctype html>'
    """
    families = _families(trained.model)
    packed, letters = pack(trained), trained.model.vocabulary.characters
    style, script = _asset("page.css"), "\n".join(map(_asset, SCRIPTS))
    text = Template(_asset("page.html")).substitute(
        title=html.escape(_title(trained)),
        learned_from=_learned_from(trained),
        facts="\n".join(_facts(trained, families, packed)),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        cases="".join(_case_options(trained)),
        case_hidden="" if letters.lower() != letters.upper() else " hidden",
        model=base64.b64encode(packed.data).decode(),
    )
    return Page(text, packed.precision, packed.cost)


def _title(trained: TrainedModel) -> str:
    """The lists that the model was trained on, or how many names it was trained on where the lists have no names."""
    count = f"{len(trained.known_names.hashes):,} names"
    return f"New names · {', '.join(_lists(trained)[:LISTS_SHOWN]) or count}"


def _learned_from(trained: TrainedModel) -> str:
    """What the new names sound like, as HTML.

    >>> import namegen
    >>> _learned_from(namegen.train("irish", model="bigram"))
    'the 1,113 names on the list <bdi><em>irish</em></bdi>'
    """
    sources, count = trained.record.sources, f"{len(trained.known_names.hashes):,}"
    if sources == (DEFAULT_SOURCE,):
        return f"{count} given names from many languages"
    shown = [f"<bdi><em>{html.escape(name)}</em></bdi>" for name in _lists(trained)[:LISTS_SHOWN]]
    if not shown:
        return f"the {count} names that this page learned from"
    more = len(sources) - len(shown)
    *others, last = [*shown, f"{more} more"] if more else shown
    return f"the {count} names on the " + (f"lists {', '.join(others)} and {last}" if others else f"list {last}")


def _lists(trained: TrainedModel) -> list[str]:
    """The lists that the model was trained on, without those that have no name."""
    named = [source for source in trained.record.sources if source not in (STANDARD_INPUT, IN_MEMORY)]
    return ["given names" if source == DEFAULT_SOURCE else Path(source).stem or source for source in named]


def _families(model: NameModel) -> list[str]:
    """The families of the members of a blend, or that of the model itself."""
    found = [str(member.family) for member in model.members] if isinstance(model, Blend) else [model.family]
    for family in found:
        if family not in FAMILIES:
            known = f"{', '.join(FAMILIES)} and their blends"
            raise UsageError(f"A page cannot compute the family {family!r}, only {known}.")
    return found


def _case_options(trained: TrainedModel) -> Iterator[str]:
    """The cases that names can be shown in, as HTML, the list's own selected."""
    keeps = trained.record.keep_case  # capitals were learned, so names have a case of their own
    own = "lower" if trained.record.case == "keep" and not keeps else trained.record.case
    for case, example in CASES.items():
        if case != "keep" or keeps:
            yield f'<option value="{case}"{" selected" if case == own else ""}>{example}</option>'


def _facts(trained: TrainedModel, families: list[str], packed: Packed) -> Iterator[str]:
    """What the page says of its model, as HTML: what it is, how good it is, and what the page approximates."""
    losses = trained.record.losses
    facts = {"Model": " + ".join(families), "Characters": f"{trained.model.vocabulary.size - 1:,}"}
    if "test" in losses:
        facts["Loss on names it never saw"] = f"{losses['test']:.4f} nats per character"
    if packed.precision != "float32":
        facts["Weights"] = f"rounded to {packed.precision}, which changes the loss by {packed.cost:+z.4f}"
    mistaken = f"at most one new name in {1 << MISTAKEN_BITS:,} is mistaken for one"
    facts |= {"Names on the list": f"recognised by hashes; {mistaken}", "Made with": f"namegen {__version__}"}
    for term, description in facts.items():
        yield f"<div><dt>{html.escape(term)}</dt><dd>{html.escape(description)}</dd></div>"


def _asset(name: str) -> str:
    return (files("namegen.export") / "web" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The hash by which a content security policy admits a script or a style."""
    return base64.b64encode(hashlib.sha256(text.encode(errors="replace")).digest()).decode()
