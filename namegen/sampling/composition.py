"""Lines composed of names from several lists: `{irish:starts-with=M} {surnames} of {towns}`.

In braces stand a list or a model, and after a colon the constraints of its names, as `sample` calls them. Each slot is
drawn by itself, with a seed of its own; of lines that are equal the first one comes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from namegen.errors import SamplingError, UsageError
from namegen.settings import LARGEST_SEED, SampleSettings, options_of, unknown_setting

MOST_REPEATS = 100_000  # lines in a row that came before
LINES_AT_ONCE = 256
SEED_STEP = 0x9E3779B9  # between the seeds of slots
OF_THE_WHOLE = ("n", "seed", "like", "sort")
OPTIONS = {name.replace("_", "-"): f for name, f in options_of(SampleSettings).items() if name not in OF_THE_WHOLE}
_FLAGS = "|".join(name for name, f in OPTIONS.items() if f.default is False)
_NEXT = rf"(?=[\w-]+=|(?:{_FLAGS})(?:,|$))"  # where another option begins


@dataclass(frozen=True)
class Template:
    """Texts, and between them slots: a source, and the constraints of its names.

    >>> template = Template.of("{irish:max-length=6,starts-with=M} {{{towns}}}")
    >>> template.sources, template.texts, template.settings[0].max_length
    (('irish', 'towns'), ('', ' {', '}'), 6)
    """

    texts: tuple[str, ...]
    sources: tuple[str, ...]
    settings: tuple[SampleSettings, ...]

    @classmethod
    def of(cls, text: str) -> "Template":
        """Read a template. Raises `UsageError` for braces without a partner, and for constraints that are wrong."""
        parts = _parts(text)
        if len(parts) == 1:
            raise UsageError(f"`template` {text!r} has no slot. Write a list in braces, such as '{{irish}}'.")
        slots = [re.split(f":{_NEXT}", slot, maxsplit=1) for slot in parts[1::2]]
        settings = [_settings(slot, "".join(options)) for slot, (_, *options) in zip(parts[1::2], slots, strict=True)]
        return cls(tuple(parts[::2]), tuple(source for source, *_ in slots), tuple(settings))

    @property
    def fields(self) -> tuple[str, ...]:
        """What each slot is called: its source, with a number where it came before."""
        before = [self.sources[:place].count(source) for place, source in enumerate(self.sources)]
        return tuple(f"{s} {n + 1}" if n else s for s, n in zip(self.sources, before, strict=True))

    def seeded(self, seed: int) -> list[SampleSettings]:
        """The settings of each slot, to draw from it without end; a name may come again in another line."""
        return [
            replace(
                settings,
                n=0,
                seed=(seed + place * SEED_STEP) & LARGEST_SEED,
                allow_repeats=settings.apart == 1 and not settings.initials,
            )
            for place, settings in enumerate(self.settings)
        ]

    def line(self, names: Sequence[str]) -> str:
        """The template with a name in each slot."""
        return self.texts[0] + "".join(name + text for name, text in zip(names, self.texts[1:], strict=True))


@dataclass(frozen=True)
class Line:
    """A composed line, and the names in its slots."""

    text: str
    names: tuple[str, ...]


def compose_lines(template: Template, streams: Sequence[Iterator[str]], n: int) -> Iterator[list[Line]]:
    """n lines (0: without end), in blocks, none twice, whatever the capitals.

    Raises `SamplingError` after those that were found.
    """
    seen: set[str] = set()
    block: list[Line] = []
    repeats = 0
    try:
        for names in zip(*streams, strict=True):
            line = Line(template.line(names), names)
            repeats += 1
            if line.text.casefold() not in seen:
                seen.add(line.text.casefold())
                block.append(line)
                repeats = 0
            if repeats == MOST_REPEATS:
                again = f"The last {MOST_REPEATS:,} lines had all come before."
                raise SamplingError(f"{again} Request fewer, or loosen the constraints of the slots.")
            if len(block) == LINES_AT_ONCE or len(seen) == n:
                yield block
                block = []
            if len(seen) == n:
                return
    except SamplingError as error:
        if block:
            yield block
        found = f"Found {len(seen):,} of {n:,} lines" if n else f"Found {len(seen):,} lines"
        spelled = re.sub(r"`(\w+)(?:=True)?`", lambda name: name[1].replace("_", "-"), str(error))  # as in a slot
        raise SamplingError(f"{found}: {spelled}") from None


def _parts(text: str) -> list[str]:
    """Texts and, at odd places, what stands in braces; a doubled brace is one that is meant."""
    parts, place, doubled = [""], 0, 0
    while place < len(text):
        one, two, is_slot = text[place], text[place : place + 2], len(parts) % 2 == 0
        if two == "{{" or (two == "}}" and (doubled or not is_slot)):
            doubled += is_slot * (1 if one == "{" else -1)
            parts[-1] += one
            place += 1
        elif one == ("}" if is_slot else "{"):
            parts.append("")
        elif one in "{}":
            break
        else:
            parts[-1] += one
        place += 1
    if place < len(text) or len(parts) % 2 == 0:
        raise UsageError(
            f"`template` {text!r} has a brace without its partner. Write {{{{ or }}}} for one that is meant."
        )
    return parts


def _settings(slot: str, options: str) -> SampleSettings:
    """The settings of a slot, of options with commas between them."""
    given: dict[str, Any] = {}
    for option in re.split(f",{_NEXT}", options) if options else ():
        name, equals, text = option.partition("=")
        if name not in OPTIONS:
            raise UsageError(f"{{{slot}}}: {unknown_setting(name, list(OPTIONS))}")
        default = OPTIONS[name].default
        value: Any = text if equals or default is not False else True
        if isinstance(default, tuple):
            value = (*given.get(name.replace("-", "_"), ()), text)
        elif isinstance(default, int | float) and not isinstance(default, bool):
            value = _number(text, type(default))
        given[name.replace("-", "_")] = value
    try:
        return SampleSettings.of(**given)
    except UsageError as error:
        raise UsageError(f"{{{slot}}}: {error}") from None


def _number(text: str, kind: type[int | float]) -> int | float | str:
    """The number in a text; any other text stays as it is, and is refused when settings are checked."""
    try:
        return kind(text)
    except ValueError:
        return text
