"""A page with a model inside: one HTML file that makes names in any browser, without a network and without Python.

The model travels packed (see `packing`) as base64, so that nothing that it spells can be taken for markup. In the
folder `web`, `model.js` computes what it says, `names.js` draws, and `ui.js` is what a person meets. A content security
policy lets this script and this style in and nothing else, and forbids the network.
"""

import base64
import hashlib
import html
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from namegen.api import TrainedModel
from namegen.corpus.sources import DEFAULT_SOURCE, IN_MEMORY, STANDARD_INPUT
from namegen.errors import UsageError
from namegen.export.packing import MISTAKEN_BITS, Packed, pack
from namegen.files.tensor_file import write_atomically
from namegen.models import Blend, NameModel
from namegen.version import __version__

SCRIPTS = ("unpack.js", "model.js", "names.js", "elements.js", "wishes.js", "kept.js", "found.js", "ui.js")
FAMILIES = ("bigram", "ngram", "mlp")  # that `model.js` can compute, alone or in a blend
LISTS_SHOWN = 3


@dataclass(frozen=True)
class Page:
    """An HTML text, and how the weights of the model within it are rounded: to what, and at what cost."""

    text: str
    precision: str
    cost: float  # nats per character; see `packing.Packed`


def write_page(trained: TrainedModel, path: str | Path) -> Page:
    """Write a model as a page, whole or not at all. Raises `ModelFileError`, and what `page_of` raises."""
    page = page_of(trained)
    write_atomically(Path(path), page.text.encode(errors="replace"))
    return page


def page_of(trained: TrainedModel) -> Page:
    """A model as a page. Raises `UsageError` for a family that the page's JavaScript does not know.

    >>> import namegen
    >>> page_of(namegen.open_model("irish")).text.splitlines()[0]
    '<!doctype html>'
    """
    families = _families(trained.model)
    packed = pack(trained)
    style, script = _asset("page.css"), "\n".join(map(_asset, SCRIPTS))
    text = Template(_asset("page.html")).substitute(
        title=html.escape(_title(trained)),
        learned_from=_learned_from(trained),
        facts="\n".join(_fact(*fact) for fact in _facts(trained, families, packed)),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        capitals=" checked" if _lacks_capitals(trained.model.vocabulary.characters) else "",
        model=base64.b64encode(packed.data).decode(),
    )
    return Page(text, packed.precision, packed.cost)


def _title(trained: TrainedModel) -> str:
    """What tells the page from others: its lists, or how many names they hold where they have none themselves."""
    return f"New names · {', '.join(_lists(trained)[:LISTS_SHOWN]) or f'{len(trained.list_hashes):,} names'}"


def _learned_from(trained: TrainedModel) -> str:
    """What the new names sound like, as HTML.

    >>> import namegen
    >>> _learned_from(namegen.open_model("irish"))
    'the 1,113 names on the list <bdi><em>irish</em></bdi>'
    """
    sources, count = trained.record.sources, f"{len(trained.list_hashes):,}"
    if sources == (DEFAULT_SOURCE,):
        return f"{count} given names from many languages"
    shown = [f"<bdi><em>{html.escape(name)}</em></bdi>" for name in _lists(trained)[:LISTS_SHOWN]]
    if not shown:
        return f"the {count} names that this page learned from"
    more = len(sources) - len(shown)
    *others, last = [*shown, f"{more} more"] if more else shown
    return f"the {count} names on the " + (f"lists {', '.join(others)} and {last}" if others else f"list {last}")


def _lists(trained: TrainedModel) -> list[str]:
    """The lists that the model learned from, but for those without a name."""
    named = [source for source in trained.record.sources if source not in (STANDARD_INPUT, IN_MEMORY)]
    return ["given names" if source == DEFAULT_SOURCE else Path(source).stem or source for source in named]


def _families(model: NameModel) -> list[str]:
    """The families of the members of a blend, or that of the model itself."""
    found = [str(member.family) for member in model.members] if isinstance(model, Blend) else [model.family]
    for family in found:
        if family not in FAMILIES:
            raise UsageError(
                f"A page cannot compute the family {family!r}, only {', '.join(FAMILIES)} and their blends."
            )
    return found


def _lacks_capitals(characters: str) -> bool:
    """Whether names are spelled in small letters alone, some of which have capitals."""
    return characters == characters.lower() and any(letter != letter.title() for letter in characters)


def _facts(trained: TrainedModel, families: list[str], packed: Packed) -> list[tuple[str, str]]:
    """What the page tells of its model: what it is, how good, and what was lost on the way."""
    losses = trained.record.losses
    weights = f"rounded to {packed.precision}, which changes the loss by {packed.cost:+z.4f}"
    return [
        ("Model", " + ".join(families)),
        ("Characters", f"{trained.model.vocabulary.size - 1:,}"),
        *([("Loss on names it never saw", f"{losses['test']:.4f} nats per character")] if "test" in losses else []),
        *([("Weights", weights)] if packed.precision != "float32" else []),
        ("Names on the list", f"recognised by hashes; at most one new name in {1 << MISTAKEN_BITS:,} is taken for one"),
        ("Made with", f"namegen {__version__}"),
    ]


def _fact(term: str, description: str) -> str:
    return f"<div><dt>{html.escape(term)}</dt><dd>{html.escape(description)}</dd></div>"


def _asset(name: str) -> str:
    return (files("namegen.export") / "web" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a content security policy knows a script or a style by."""
    return base64.b64encode(hashlib.sha256(text.encode(errors="replace")).digest()).decode()
