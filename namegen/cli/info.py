"""`namegen info`: what a model file holds."""

from pathlib import Path
from typing import Annotated, Any

import typer

from namegen.cli.completion import models
from namegen.cli.console import Format, number, print_json, print_table


def info(
    model: Annotated[Path, typer.Argument(help="A model file.", autocompletion=models)],
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
        "vocabulary": trained.model.vocabulary.characters,
        **asdict(trained.record),
    }
    if form is Format.json:
        print_json(facts)
    else:
        print_table(
            ["", ""], [[name.replace("_", " "), _shown(value)] for name, value in facts.items()], numeric_from=2
        )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return number(value) if type(value) is int else "none" if value is None else str(value)
