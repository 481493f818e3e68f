"""Pages that generate names in any browser, offline and without Python, and a module that does so in JavaScript.

Models, or the pretrained network with all bundled lists, travel packed (see `packing`) as base64, so that none of their
characters can be taken for markup. In the folder `web`, `CORE` computes probabilities and draws names, `LEARNING`
learns from a list, and the rest is the page. A content security policy admits these scripts and this style alone, and
forbids the network.
"""

import base64
import hashlib
import html
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from namegen.api import TrainedModel
from namegen.corpus.sources import DEFAULT_SOURCE, IN_MEMORY, is_standard_input
from namegen.errors import NamegenError, UsageError
from namegen.export.packing import families_of, pack, pack_lists
from namegen.settings import SampleSettings
from namegen.training.pretrained import shipped

MODELS = ("arithmetic.js", "model.js", "ngram.js", "mlp.js", "blend.js")
SAMPLING = ("random.js", "letters.js", "known_names.js", "blocking.js", "sampler.js", "chances.js")
CORE = ("unpack.js", *MODELS, *SAMPLING)
FITTING = ("matrix.js", "lbfgs.js", "counting.js", "list_vector.js", "output_layer.js", "adaptation.js")
LEARNING = (*FITTING, "cleaning.js", "learning.js")
ASKING = ("elements.js", "sources.js", "own_list.js", "menus.js", "constraints.js", "address.js")
PAGE = (*ASKING, "kept.js", "results.js", "drawing.js", "copying.js", "page.js")
FAMILIES = ("bigram", "ngram", "mlp")  # that `MODELS` can compute, alone or in a blend
LISTS_SHOWN = 3
PIECES = {"start": "Begins with", "end": "Ends with", "contains": "Contains", "like": "Is like"}


@dataclass(frozen=True)
class Page:
    """A text, with the precision and the cost of the model in it that loses most by rounding."""

    text: str
    precision: str = "float32"
    cost: float = 0.0  # nats per character, added to the loss


def page_of(*models: TrainedModel) -> Page:
    """Models as a page, which offers them all. Raises `UsageError` for a family that JavaScript cannot compute.

    >>> import namegen
    >>> page_of(namegen.open_model("irish")).text.splitlines()[0]
    '<!doctype html>'
    """
    named = _named(models)
    data, precision, cost = pack(named)
    return Page(_page(data, f"New names · {', '.join([*named][:LISTS_SHOWN])}"), precision, cost)


def learning_page() -> Page:
    """The page that learns: with the pretrained network, all bundled lists, and a box for another list.

    Raises `NamegenError` where the network is missing.
    """
    network = shipped()
    if network is None:
        raise NamegenError("The pretrained network is missing. `make pretrained` makes it.")
    return Page(_page(pack_lists(network), "New names"))


def module_of(*models: TrainedModel) -> Page:
    """Models, blended where there are several, as an ES module without dependencies; raises as `page_of`."""
    data, precision, cost = pack(_named(models))
    constants = f'const MIN_P = {SampleSettings().min_p};\nconst PACKED = "{base64.b64encode(data).decode()}";\n'
    return Page(constants + _scripts((*CORE, "module.js")), precision, cost)


def _page(data: bytes, title: str) -> str:
    style, library, script = _asset("page.css"), _scripts((*CORE, *LEARNING)), _scripts(PAGE)
    return Template(_asset("page.html")).substitute(
        title=html.escape(title),
        style=style,
        library=library,
        script=script,
        style_hash=_hash(style),
        script_hashes=f"'{_hash(library)}' '{_hash(script)}'",
        pieces="\n".join(_text_field(name, label) for name, label in PIECES.items()),
        model=base64.b64encode(data).decode(),
    )


def _text_field(name: str, label: str) -> str:
    off = 'autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false"'
    return (
        f'<p class="field">\n<label for="{name}">{label}</label>\n'
        f'<input id="{name}" type="text" maxlength="60" {off} aria-describedby="{name}-error">\n'
        f'<span id="{name}-error" class="error"></span>\n</p>'
    )


def _named(models: Sequence[TrainedModel]) -> dict[str, TrainedModel]:
    """Models by the names of their lists, which are made different. Raises `UsageError` for a family unknown here."""
    named: dict[str, TrainedModel] = {}
    for trained in models:
        if odd := next((family for family in families_of(trained.model) if family not in FAMILIES), None):
            raise UsageError(f"A page cannot compute the family {odd!r}, only {', '.join(FAMILIES)} and their blends.")
        name = title_of(trained)
        again = sum(other == name or other.startswith(f"{name} (") for other in named)
        named[f"{name} ({again + 1})" if again else name] = trained
    return named


def title_of(trained: TrainedModel) -> str:
    """The lists that a model was trained on, or how many names it was trained on where the lists have no names.

    >>> import namegen
    >>> title_of(namegen.train("irish", model="bigram"))
    'irish'
    """
    named = [source for source in trained.record.sources if source != IN_MEMORY and not is_standard_input(source)]
    lists = ["given names" if source == DEFAULT_SOURCE else Path(source).stem or source for source in named]
    return ", ".join(lists[:LISTS_SHOWN]) or f"{len(trained.known_names.hashes):,} names"


def _scripts(names: Sequence[str]) -> str:
    return "\n".join(['"use strict";', *map(_asset, names)])


def _asset(name: str) -> str:
    return (files("namegen.export") / "web" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The hash by which a content security policy admits a script or a style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode(errors='replace')).digest()).decode()}"
