"""`namegen info`: what a model file holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from namegen.cli.console import Format, number, print_json, print_table

if TYPE_CHECKING:
    from namegen.models import NameModel


def info(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.table,
) -> None:
    """Show what a model file holds: family, settings, vocabulary, how it was trained, its losses."""
    from dataclasses import asdict

    from namegen.trained import load

    trained = load(model)
    facts = {
        "file": str(model),
        "bytes": model.stat().st_size,
        "family": trained.model.family,
        "config": trained.model.config.to_json(),
        "context_size": trained.model.context_size,
        "parameters": trained.model.parameter_count,
        **_ngram_facts(trained.model),
        "vocabulary": trained.model.vocabulary.characters,
        **asdict(trained.record),
    }
    if form is Format.json:
        print_json(facts)
    else:
        print_table(
            ["", ""], [[name.replace("_", " "), _shown(value)] for name, value in facts.items()], numeric_from=2
        )


def _ngram_facts(model: "NameModel") -> dict[str, dict[str, int]]:
    """How many n-grams there are of each order, and the bytes they take, where a model is or has in it an n-gram."""
    from namegen.models import Ngram

    for part in model.modules():
        if isinstance(part, Ngram):
            sizes = part.sizes()
            ngrams, in_bytes = ({f"order {order}": size[i] for order, size in sizes.items()} for i in (0, 1))
            return {"ngrams": ngrams, "ngram_bytes": in_bytes}
    return {}


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return number(value) if type(value) is int else "none" if value is None else str(value)
