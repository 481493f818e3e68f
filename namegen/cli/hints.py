"""Notes for who would not know what to ask for: what makes names nicer, and what capitals do to a model."""

from namegen.cli.console import note

FEW_CAPITALS = 3  # pairs of a capital and its small letter that a list of small letters may hold


def on_capitals(characters: str, *, quiet: bool) -> None:
    """Where a model learned many letters twice, capital and small, say what could be done about it."""
    capitals = [c for c in characters if c.lower() != c and c.lower() in characters]
    if len(capitals) > FEW_CAPITALS:
        note(
            "capitals are letters of their own to a model: --lower learns from small letters, and --case title gives "
            "the capitals back",
            quiet=quiet,
        )


def on_drawn_names(*, quiet: bool) -> None:
    """Say what changes names, once some were drawn without any wish."""
    note("safer: --temperature 0.7   longer: --min-length 5   --case title   keys: -i", quiet=quiet)


def on_top_names(*, quiet: bool) -> None:
    """Say why the most probable names are short, and what is to be done about it."""
    note("each letter makes a name less probable. Longer ones: --min-length 5", quiet=quiet)
