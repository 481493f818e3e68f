"""`namegen train`: from a list to a model file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from namegen.cli.console import Format, note, number, plural, print_json, print_table
from namegen.errors import UsageError
from namegen.sources import DEFAULT_SOURCE, STANDARD_INPUT

if TYPE_CHECKING:
    from namegen.corpus import Corpus, Split
    from namegen.library import TrainedModel

READING, MODEL, TRAINING = "Reading the list", "The model", "Training"


def train(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Bundled names (see `namegen data`), files, folders of .txt files, or -. Several are joined.",
            show_default=DEFAULT_SOURCE,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The model file; by default named after source and model.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    lower: Annotated[bool, typer.Option("--lower", help="Fold case.", rich_help_panel=READING)] = False,
    skip_bad_lines: Annotated[
        bool, typer.Option("--skip-bad-lines", help="Leave out lines that are no names.", rich_help_panel=READING)
    ] = False,
    keep_duplicates: Annotated[
        bool,
        typer.Option("--keep-duplicates", help="A name counts as often as it stands there.", rich_help_panel=READING),
    ] = False,
    holdout: Annotated[
        float,
        typer.Option(
            "--holdout",
            help="Share of names kept out, half for validation and half for test; 0 trains on everything.",
            rich_help_panel=READING,
        ),
    ] = 0.2,
    split_seed: Annotated[
        int, typer.Option("--split-seed", help="Another seed, other names kept out.", rich_help_panel=READING)
    ] = 0,
    valid: Annotated[
        str | None,
        typer.Option("--valid", help="A list to validate on, in place of --holdout.", rich_help_panel=READING),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="blend, bigram, ngram or mlp.", rich_help_panel=MODEL, show_default="blend; mlp for lecture"
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option("--preset", help="fast, default, best or lecture.", rich_help_panel=MODEL)
    ] = "default",
    networks: Annotated[
        int | None, typer.Option("--networks", help="blend: how many networks.", rich_help_panel=MODEL)
    ] = None,
    smoothing: Annotated[
        float | None, typer.Option("--smoothing", help="bigram: added to every count.", rich_help_panel=MODEL)
    ] = None,
    order: Annotated[
        int | None, typer.Option("--order", help="ngram: 2 to 8, the characters it counts.", rich_help_panel=MODEL)
    ] = None,
    context: Annotated[
        int | None, typer.Option("--context", help="mlp: characters that it sees.", rich_help_panel=MODEL)
    ] = None,
    embedding_size: Annotated[
        int | None, typer.Option("--embedding-size", help="mlp: numbers for a character.", rich_help_panel=MODEL)
    ] = None,
    hidden_size: Annotated[
        int | None, typer.Option("--hidden-size", help="mlp: units in a hidden layer.", rich_help_panel=MODEL)
    ] = None,
    hidden_layers: Annotated[
        int | None, typer.Option("--hidden-layers", help="mlp: 0 to 4.", rich_help_panel=MODEL)
    ] = None,
    activation: Annotated[
        str | None, typer.Option("--activation", help="mlp: tanh or gelu.", rich_help_panel=MODEL)
    ] = None,
    dropout: Annotated[
        float | None, typer.Option("--dropout", help="mlp: share of units silenced.", rich_help_panel=MODEL)
    ] = None,
    input_: Annotated[
        str | None, typer.Option("--input", help="mlp: embedding or one-hot.", rich_help_panel=MODEL)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", help="Passes over the list.", rich_help_panel=TRAINING)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Examples a step.", rich_help_panel=TRAINING)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", help="At its peak.", rich_help_panel=TRAINING)
    ] = None,
    weight_decay: Annotated[
        float | None, typer.Option("--weight-decay", help="AdamW's.", rich_help_panel=TRAINING)
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option("--precision", help="Of products: auto, float32 or bfloat16.", rich_help_panel=TRAINING),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Of weights and batches.", rich_help_panel=TRAINING)
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="CPU threads.", rich_help_panel=TRAINING)
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.", rich_help_panel=TRAINING)] = "auto",
    form: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.table,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The result alone, no progress.")] = False,
) -> None:
    """Learn from a list of names and write a model file."""
    sources = sources or [DEFAULT_SOURCE]
    family = model or ("mlp" if preset == "lecture" else "blend")
    path = out or Path(default_name(sources, family))
    check_writable(path, force)
    settings: dict[str, Any] = {
        "networks": networks,
        "smoothing": smoothing,
        "order": order,
        "context_size": context,
        "embedding_size": embedding_size,
        "hidden_size": hidden_size,
        "hidden_layers": hidden_layers,
        "activation": activation,
        "dropout": dropout,
        "input": input_,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "precision": precision,
        "seed": seed,
    }

    import torch

    from namegen import library
    from namegen.cli.progress import TrainingDisplay

    if threads:
        torch.set_num_threads(threads)
    with TrainingDisplay(quiet=quiet) as display:

        def on_start(corpus: "Corpus", split: "Split") -> None:
            note(_read_note(corpus, split), quiet=quiet)

        trained = library.train(
            sources,
            model=family,
            preset=preset,
            lower=lower,
            skip_bad_lines=skip_bad_lines,
            keep_duplicates=keep_duplicates,
            holdout=holdout,
            split_seed=split_seed,
            validation=valid,
            device=device,
            on_start=on_start,
            on_epoch=display.on_epoch,
            **{name: value for name, value in settings.items() if value is not None},
        )
    trained.save(path)
    _show(trained, path, form)
    note(f"New names:  namegen sample {path}", quiet=quiet)


def default_name(sources: list[str], family: str) -> str:
    """The file name of a model: its sources and its family."""
    stems = ["stdin" if source == STANDARD_INPUT else Path(source).stem or "folder" for source in sources]
    return f"{'+'.join(stems)}-{family}.safetensors"


def check_writable(path: Path, force: bool) -> None:
    """Find out before the work that the result cannot be written. Raises `UsageError`."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder. Name a file with --out.")
    if path.exists() and not force:
        raise UsageError(f"{path}: exists already. Pass --force to write over it, or name another file with --out.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: its folder does not exist. Make it, or name another file with --out.")


def _read_note(corpus: "Corpus", split: "Split") -> str:
    parts = ", ".join(f"{len(part):,} {name}" for name, part in split.parts.items())
    bad = f", {plural(len(corpus.bad_lines), 'bad line')} skipped" if corpus.bad_lines else ""
    dropped = "duplicates dropped" if len(corpus.names) == corpus.distinct else "duplicates kept"
    return f"{plural(len(corpus.names), 'name')} ({parts}), {corpus.duplicates:,} {dropped}{bad}"


def _show(trained: "TrainedModel", path: Path, form: Format) -> None:
    from math import exp

    record = trained.record
    rows: dict[str, dict[str, float]] = {
        **{f"{name} baseline": losses for name, losses in record.baselines.items()},
        trained.model.family: record.losses,
    }
    if form is Format.json:
        result: dict[str, Any] = {
            "model": str(path),
            "family": trained.model.family,
            "names": record.counts,
            "duplicates": record.duplicates,
            "losses": record.losses,
            "baselines": record.baselines,
            "parameters": trained.model.parameter_count,
            "seconds": trained.seconds,
        }
        print_json(result)
        return
    parts = list(record.losses)
    print_table(
        ["", *(column for part in parts for column in (f"{part} loss", "perplexity"))],
        [
            [name, *(cell for part in parts for cell in (f"{losses[part]:.4f}", f"{exp(min(losses[part], 700)):.2f}"))]
            for name, losses in rows.items()
        ],
    )
    note(f"{path}: {number(trained.model.parameter_count)} parameters, trained in {trained.seconds:.2f} s")
