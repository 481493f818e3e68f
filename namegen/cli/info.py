"""`namegen info`: what a model file holds."""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len, set_cell_size

from namegen.cli.completion import models
from namegen.cli.console import Format, brief, number, plain, plural, print_json, print_table, stdout
from namegen.cli.open_models import check_file

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.files.model_file import TrainingRecord
    from namegen.models import NameModel

SPARKS = "▁▂▃▄▅▆▇█"
SPARK_COLUMNS = 24
SOURCES_SHOWN = 3
WIDTH, COLUMNS = 62, 50  # of what stands beside a name, and of the characters there
NAMES_WIDTH = 15


def info(
    model: Annotated[Path, typer.Argument(help="A model file.", autocompletion=models)],
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.table,
) -> None:
    """Show what a model file holds: family, settings, vocabulary, how it was trained, its losses."""
    check_file(model)

    from namegen.api import load

    trained = load(model)
    members = _members(trained.model)
    if form is Format.json:
        print_json(_for_programs(model, trained, members))
        return
    about = f"{trained.model.family}, {number(trained.model.parameter_count)} parameters"
    stdout().print(f"{plain(str(model))}: {about}, {number(model.stat().st_size)} bytes\n")
    facts = _facts(trained) | _settings(members)
    width = max(20, min(WIDTH, stdout().width - NAMES_WIDTH))
    lines = {name: wrap(value, width) or [""] for name, value in facts.items()}
    rows = [["" if place else name, line] for name, folded in lines.items() for place, line in enumerate(folded)]
    print_table(["", ""], rows, texts=(0, 1))
    _print_losses(trained.record, trained.model.family)
    _print_history(trained.record)


def _members(model: "NameModel") -> list[dict[str, Any]]:
    """The members of a blend with their weights; any other model is its own one member."""
    from namegen.models import Blend, Ngram

    models, weights = ([*model.members], model.weights.tolist()) if isinstance(model, Blend) else ([model], [1.0])
    return [
        {
            "family": member.family,
            "weight": weight,
            "parameters": member.parameter_count,
            "characters": len(member.vocabulary.characters),
            "settings": member.settings.to_json(),
            "ngrams": [ngrams for ngrams, _ in member.sizes().values()] if isinstance(member, Ngram) else None,
            "ngram_bytes": [size for _, size in member.sizes().values()] if isinstance(member, Ngram) else None,
        }
        for member, weight in zip(models, weights, strict=True)
    ]


def _for_programs(path: Path, trained: "TrainedModel", members: list[dict[str, Any]]) -> dict[str, Any]:
    from dataclasses import asdict

    model = trained.model
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "family": model.family,
        "config": model.settings.to_json(),
        "context_size": model.context_size,
        "parameters": model.parameter_count,
        "vocabulary": model.vocabulary.characters,
        "members": members,
        **asdict(trained.record),
    }


def _facts(trained: "TrainedModel") -> dict[str, str]:
    """What there is to say in a line each."""
    record, characters = trained.record, trained.model.vocabulary.characters
    more = f" and {len(record.sources) - SOURCES_SHOWN:,} more" if len(record.sources) > SOURCES_SHOWN else ""
    facts = {"list": ", ".join(record.sources[:SOURCES_SHOWN]) + more}
    if record.counts:
        parts = ", ".join(f"{record.counts[part]:,} {part}" for part in _in_order(record.counts))
        facts["names"] = f"{parts}; {plural(record.duplicates, 'duplicate')} {_what_was_done(record)}"
        facts["division"] = f"{record.holdout:.0%} kept out, by seed {record.split_seed}"
    if record.validation_source:
        facts["division"] = f"validated on {record.validation_source}"
    shown = characters if cell_len(characters) <= COLUMNS else set_cell_size(characters, COLUMNS).rstrip() + "…"
    facts["characters"] = f"{len(characters):,}: {shown}"
    facts["context"] = plural(trained.model.context_size, "character")
    if record.namegen_version:
        made_with = f", preset {record.options['preset']}" if "preset" in record.options else ""
        facts["made by"] = f"namegen {record.namegen_version}, torch {record.torch_version}{made_with}"
    return facts


def _what_was_done(record: "TrainingRecord") -> str:
    done = ["kept" if record.keep_duplicates else "dropped"]
    done += ["case folded"] if record.lower else []
    return ", ".join([*done, "bad lines skipped"] if record.skip_bad_lines else done)


def _in_order(parts: Mapping[str, object]) -> list[str]:
    """The parts of a list that there are: train, validation, test."""
    return [part for part in ("train", "validation", "test") if part in parts]


def _settings(members: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The settings of each member, by its weight and family."""
    told = {}
    for place, member in enumerate(members, start=1):
        settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in member["settings"].items())
        if member["ngrams"]:
            settings += f"; n-grams by length: {', '.join(map(number, member['ngrams']))}"
            settings += f", {number(sum(member['ngram_bytes']))} bytes"
        if len(members) == 1:
            return {"settings": settings}
        label = f"member {place}"
        told[label] = (
            f"{member['weight']:.3f} of {member['family']}, {number(member['parameters'])} parameters: {settings}"
        )
    return told


def _print_losses(record: "TrainingRecord", family: str) -> None:
    """Nats per character on each part: the model's, and those to beat."""
    parts = _in_order(record.losses)
    if not parts:
        return
    worst_first = sorted(record.baselines.items(), key=lambda item: -item[1].get(parts[0], nan))
    rows = {f"{kind} baseline": losses for kind, losses in worst_first} | {family: record.losses}
    cells = [[name, *(brief(losses.get(part, nan), decimals=4) for part in parts)] for name, losses in rows.items()]
    stdout().print()
    print_table(["loss", *parts], cells)


def _print_history(record: "TrainingRecord") -> None:
    """A line for each network: how long it was trained, where it came to, and how its loss fell."""
    if not record.history:
        return

    from namegen.plotting.data import curves

    rows = []
    for curve in curves(record):
        seen = [loss for loss in curve.validation if loss is not None] or [*curve.train]
        step, least = curve.best or (curve.steps[-1], nan)
        rows.append([curve.member, number(len(curve.steps)), number(curve.steps[-1]), f"{curve.train[-1]:.4f}"])
        rows[-1] += [f"{least:.4f}", number(step), spark(seen[:: -(-len(seen) // SPARK_COLUMNS)])]
    stdout().print()
    print_table(["training", "epochs", "steps", "train loss", "least validation", "at step", ""], rows)


def spark(values: Sequence[float]) -> str:
    """A line of bars, the least value lowest.

    >>> spark([3.0, 2.0, 1.0])
    '█▅▁'
    """
    low, high = min(values), max(values)
    return "".join(SPARKS[round((value - low) / ((high - low) or 1) * (len(SPARKS) - 1))] for value in values)
