"""`namegen info`: what a model file contains."""

from collections.abc import Sequence
from dataclasses import asdict
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from namegen.cli.completion import models
from namegen.cli.console import plain, plural, print_json, print_table, stdout
from namegen.cli.evaluation_tables import print_record
from namegen.cli.open_models import check_file
from namegen.cli.options import ResultFormat, argument, command
from namegen.corpus.labels import format_counts

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.files.model_file import TrainingRecord
    from namegen.models import NameModel

PARTS = ("train", "validation", "test")
SOURCES_SHOWN = 3
MOST_CHARACTERS = 50


@command()
def info(model: Annotated[str, argument("a model file.", models)], *, format: ResultFormat = "table") -> None:
    """Show what a model file contains: family, settings, vocabulary, how it was trained, its losses."""
    path = Path(model)
    check_file(path)

    from namegen.api import load

    trained = load(path)
    members = _members(trained.model)
    if format == "json":
        print_json(_for_programs(path, trained, members))
        return
    about = f"{trained.model.family}, {trained.model.parameter_count:,} parameters"
    stdout().print(f"{plain(model)}: {about}, {path.stat().st_size:,} bytes\n")
    facts = _facts(trained) | _settings(members)
    print_table(["", ""], [*facts.items()], texts=(0, 1))
    if trained.record.losses:
        stdout().print()
        print_record(trained.record, trained.model.family)
    _print_history(trained.record)


def _members(model: "NameModel") -> list[dict[str, Any]]:
    """The members of a blend with their weights; any other model counts as its only member."""
    from namegen.models import Blend, Ngram

    members: list[Any] = [*model.members] if isinstance(model, Blend) else [model]
    weights = model.weights.tolist() if isinstance(model, Blend) else [1.0]
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
        for member, weight in zip(members, weights, strict=True)
    ]


def _for_programs(path: Path, trained: "TrainedModel", members: list[dict[str, Any]]) -> dict[str, Any]:
    model = trained.model
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "family": model.family,
        "settings": model.settings.to_json(),
        "context_size": model.context_size,
        "parameters": model.parameter_count,
        "vocabulary": model.vocabulary.characters,
        "members": members,
        "training": asdict(trained.record),
    }


def _facts(trained: "TrainedModel") -> dict[str, str]:
    """Facts, each shown on a line of its own."""
    record, characters = trained.record, trained.model.vocabulary.characters
    more = f" and {len(record.sources) - SOURCES_SHOWN:,} more" if len(record.sources) > SOURCES_SHOWN else ""
    facts = {"list": ", ".join(record.sources[:SOURCES_SHOWN]) + more}
    if record.counts:
        parts = ", ".join(f"{record.counts[part]:,} {part}" for part in PARTS if part in record.counts)
        done = "kept" if record.keep_duplicates else "dropped"
        skipped = ", bad lines skipped" if record.skip_bad_lines else ""
        facts["names"] = f"{parts}; {plural(record.duplicates, 'duplicate')} {done}{skipped}"
        if record.labels:
            facts["labels"] = format_counts(record.labels)
        facts["split"] = f"{record.holdout:.0%} held out, seed {record.split_seed}"
    if record.validation:
        facts["split"] = f"validated on {record.validation}"
    end = "…" if len(characters) > MOST_CHARACTERS else ""
    facts["characters"] = f"{len(characters):,}: {characters[:MOST_CHARACTERS]}{end}"
    facts["context"] = plural(trained.model.context_size, "character")
    if record.namegen_version:
        made_with = f", preset {record.preset}" if record.preset else ""
        facts["made by"] = f"namegen {record.namegen_version}, torch {record.torch_version}{made_with}"
    return facts


def _settings(members: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The settings of each member, by its weight and family."""
    shown: dict[str, str] = {}
    for place, member in enumerate(members, start=1):
        known = {name: value for name, value in member["settings"].items() if value != ()}
        settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in known.items())
        if member["ngrams"]:
            settings += f"; n-grams by length: {', '.join(f'{count:,}' for count in member['ngrams'])}"
            settings += f", {sum(member['ngram_bytes']):,} bytes"
        what = f"{member['weight']:.3f} of {member['family']}, {member['parameters']:,} parameters: "
        shown |= {f"member {place}": what + settings} if len(members) > 1 else {"settings": settings}
    return shown


def _print_history(record: "TrainingRecord") -> None:
    """A line for each network: how long it was trained, and its losses."""
    if not record.history:
        return

    from namegen.plotting.data import curves

    rows = []
    for curve in curves(record):
        step, least = curve.best or (curve.steps[-1], nan)
        counts = [f"{len(curve.steps):,}", f"{curve.steps[-1]:,}"]
        rows.append([curve.member, *counts, f"{curve.train[-1]:.4f}", f"{least:.4f}", f"{step:,}"])
    stdout().print()
    print_table(["training", "epochs", "steps", "train loss", "least validation", "at step"], rows)
