"""The fields above the names: what the names shall be like."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from rich.text import Text
from textual.containers import Container, Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from namegen.cli.console import plain
from namegen.cli.screen.pages import Settings

LABELS = {
    "starts_with": "begins",
    "ends_with": "ends",
    "contains": "contains",
    "case": "case",
    "min_length": "length",
    "max_length": "to",
    "temperature": "temperature",
}
KINDS = {"min_length": "integer", "max_length": "integer", "temperature": "number"}  # others hold any text


class Field(Input):
    """A field of one line. Control characters are written out, since the terminal would obey them."""

    def __init__(self, name: str, value: str, kind: str) -> None:
        super().__init__(value, placeholder="any", id=name, compact=True, select_on_focus=False)
        self.type = kind  # type: ignore[assignment]
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Called by Textual for each new value."""
        return plain(value)

    def type_character(self, character: str) -> None:
        """Insert a character, in place of what is selected."""
        if self.selection.is_empty:
            self.insert_text_at_cursor(character)
        else:
            self.replace(character, *self.selection)


class Choice(Static, can_focus=True):
    """A field with a few values; keys go through them."""

    def __init__(self, name: str, value: str, choices: Sequence[str]) -> None:
        super().__init__(id=name)
        self.choices, self.value = [*choices], value
        self.show()

    def step(self, by: int) -> None:
        """Take the value that follows."""
        self.value = self.choices[(self.choices.index(self.value) + by) % len(self.choices)]
        self.show()

    def show(self) -> None:
        """Show the value."""
        self.update(Text(self.value))


class Fields(Container):
    """The fields, which stand in one to three rows, as the width allows."""

    ROWS = (("starts_with", "ends_with"), ("contains", "case"), ("min_length", "max_length", "temperature"))
    ORDER = ("starts_with", "ends_with", "contains", "case", "min_length", "max_length", "temperature")

    def __init__(self, settings: Settings, cases: Sequence[str]) -> None:
        super().__init__(id="fields")
        self.first, self.cases = settings, cases

    def compose(self) -> Iterator[Widget]:
        """Each field behind its label."""
        for row in self.ROWS:
            with Horizontal(classes="row"):
                for name in row:
                    yield Static(LABELS[name], classes="label", id=f"{name}-label")
                    value = getattr(self.first, name)
                    if name == "case":
                        yield Choice(name, value, self.cases)
                    else:
                        yield Field(name, value, KINDS.get(name, "text"))

    def on_descendant_focus(self) -> None:
        """Mark the label of the field that has the focus."""
        for name in LABELS:
            self.query_one(f"#{name}-label").set_class(self.field(name).has_focus, "-here")

    def on_descendant_blur(self) -> None:
        """The focus went elsewhere."""
        self.on_descendant_focus()

    @property
    def settings(self) -> Settings:
        """What the fields hold now."""
        return Settings(**{each.name: self.field(each.name).value for each in fields(Settings)})

    def field(self, name: str) -> Field | Choice:
        """The field of a setting."""
        return self.query_one(f"#{name}", Choice if name == "case" else Field)  # type: ignore[return-value]
