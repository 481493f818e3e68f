"""`namegen data`: the bundled lists, or a report on any list."""

import unicodedata
from typing import TYPE_CHECKING, Annotated

from rich.columns import Columns
from rich.text import Text

from namegen.cli import completion
from namegen.cli.console import note, plain, plural, print_json, print_table, stdout
from namegen.cli.options import ResultFormat, argument, command
from namegen.corpus.sources import bundled

if TYPE_CHECKING:
    from namegen.corpus.reading import Corpus

BAD_LINES_SHOWN = 20


@command()
def data(
    sources: Annotated[
        list[str] | None,
        argument("lists, files, folders, or -; without any, all bundled lists are shown.", completion.lists),
    ] = None,
    *,
    format: ResultFormat = "table",
) -> None:
    """Show the bundled lists, or report on a list: names, duplicates, characters, lengths, bad lines."""
    if not sources:
        _list_bundled(format)
        return

    from namegen.corpus.reading import character_counts, lengths_histogram, scan_corpus

    corpus = scan_corpus(sources)
    note(*corpus.notes)
    characters = character_counts(corpus.names)
    lengths = {length: count for length, count in enumerate(lengths_histogram(corpus.names)) if count}
    if format == "json":
        print_json(
            {
                "sources": corpus.sources,
                "names": corpus.distinct,
                "duplicates": corpus.duplicates,
                "characters": characters,
                "lengths": lengths,
                "bad_lines": [vars(bad) for bad in corpus.bad_lines.first],
                "bad_line_reasons": corpus.bad_lines.reasons,
            }
        )
    else:
        _print_report(corpus, characters, lengths)


def _list_bundled(form: str) -> None:
    rows = []
    for name, files in bundled().items():
        lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
        names = sorted({line.partition("\t")[0] for line in lines})
        rows.append((name, len(names), [names[len(names) * part // 4] for part in (1, 2, 3)]))
    if form == "json":
        print_json([dict(zip(("list", "names", "examples"), row, strict=True)) for row in rows])
    else:
        cells = [[name, f"{count:,}", ", ".join(few)] for name, count, few in rows]
        print_table(["list", "names", "for example"], cells, texts=(0, 2))


def _print_report(corpus: "Corpus", characters: dict[str, int], lengths: dict[int, int]) -> None:
    out, bad = stdout(), corpus.bad_lines
    counts = [plural(corpus.distinct, "distinct name"), plural(corpus.duplicates, "duplicate")]
    out.print(f"{', '.join(counts)}, {plural(len(bad), 'bad line')}\n")
    if characters:
        out.print(f"{plural(len(characters), 'character')}, most frequent first:")
        cells = [f"{_visible(character)} {count:,}" for character, count in characters.items()]
        out.print(Columns(cells, padding=(0, 2), equal=True), width=min(out.width, 100))
        out.print("\nLengths:")
        for length, count in lengths.items():
            out.print(f"{length:4} {'█' * round(40 * count / max(lengths.values())) or '▏'} {count:,}")
    for line in bad.first[:BAD_LINES_SHOWN]:
        out.print(Text(f"bad: {plain(str(line))}", style="red"))
    if len(bad) > BAD_LINES_SHOWN:
        reasons = "".join(f"\n  {count:,} × {reason}" for reason, count in bad.reasons.most_common(5))
        out.print(f"… and {plural(len(bad) - BAD_LINES_SHOWN, 'more bad line')}:{reasons}", style="red")


def _visible(character: str) -> str:
    """A character as it can be seen in a table: spaces and combining marks as their code point."""
    combines = unicodedata.category(character).startswith("M")
    return character if character.isprintable() and character.strip() and not combines else f"U+{ord(character):04X}"
