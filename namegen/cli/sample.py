"""`namegen sample`: new names from a model."""

import secrets
import sys
from typing import Annotated

import typer

from namegen.cli.console import note, plural
from namegen.sources import DEFAULT_SOURCE


def sample(
    model: Annotated[
        str,
        typer.Argument(
            help="A model file; or a bundled name, a list, a folder or -, which an n-gram model is fitted to at once.",
        ),
    ] = DEFAULT_SOURCE,
    n: Annotated[int, typer.Option("-n", "--number", min=0, help="How many names; 0 never ends.")] = 20,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The same seed gives the same names; left out, one is picked.")
    ] = None,
    starts_with: Annotated[str, typer.Option("--starts-with", help="How every name begins.")] = "",
    allow_known: Annotated[
        bool, typer.Option("--allow-known", help="Also names that stand on the list the model learned from.")
    ] = False,
    allow_repeats: Annotated[bool, typer.Option("--allow-repeats", help="Names may come more than once.")] = False,
    temperature: Annotated[
        float, typer.Option("--temperature", help="Below 1: safer names; above: wilder ones.")
    ] = 1.0,
    top_k: Annotated[int, typer.Option("--top-k", help="Only the K most likely characters; 0: all.")] = 0,
    top_p: Annotated[
        float, typer.Option("--top-p", help="Only the most likely characters that together have this probability.")
    ] = 1.0,
    batch_size: Annotated[
        int, typer.Option("--batch-size", help="Names drawn together; 1: one character at a time.")
    ] = 8192,
    max_tries: Annotated[
        int, typer.Option("--max-tries", help="Give up after so many draws in a row without a name to show.")
    ] = 200_000,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes on standard error.")] = False,
) -> None:
    """Draw new names: none that the model learned from, and none twice."""
    from namegen.library import open_model

    trained = open_model(model)
    if trained.seconds >= 0:  # it was fitted just now
        names = plural(trained.record.counts["train"], "name")
        note(f"fitted an n-gram model to {names} in {trained.seconds:.2f} s", quiet=quiet)
    if seed is None:
        seed = secrets.randbelow(1 << 32)
        note(f"seed {seed}", quiet=quiet)
    blocks = trained.blocks(
        n,
        seed=seed,
        allow_known=allow_known,
        allow_repeats=allow_repeats,
        starts_with=starts_with,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        batch_size=batch_size,
        max_tries=max_tries,
    )
    for block in blocks:
        sys.stdout.write(block.lines() + "\n")
        sys.stdout.flush()
