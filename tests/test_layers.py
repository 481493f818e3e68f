"""The package is layered: a module imports only from its own layer and those above it in this list."""

import ast
from pathlib import Path

import pytest

import namegen

HOUSE = Path(namegen.__file__).parent
LAYERS = (
    "version",
    "errors",
    "settings",
    "corpus",
    "models",
    "files",
    "training",
    "sampling",
    "evaluation",
    "plotting",
    "api",
    "export",
    "cli",
    "__main__",
)
MODULES = sorted(path for path in HOUSE.rglob("*.py") if path != HOUSE / "__init__.py")
CALLED_LAZILY = {("api", "export")}  # `TrainedModel.export`
TERMINAL = {"typer", "rich"}


def layer_of(module):
    """The place in `LAYERS` of a module such as `namegen.corpus.split`."""
    return LAYERS.index(module.split(".")[1])


def imports_of(path):
    """All modules that a file imports, in functions too; not those for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_run_downward(path):
    own = "namegen." + ".".join(path.relative_to(HOUSE).with_suffix("").parts)
    for module in imports_of(path):
        if module.startswith("namegen.") and module.split(".")[1] in LAYERS:
            layers = LAYERS[layer_of(own)], LAYERS[layer_of(module)]
            assert layer_of(module) <= layer_of(own) or layers in CALLED_LAZILY, f"{own} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_only_the_command_line_and_pictures_in_the_terminal_know_rich(path):
    if path.is_relative_to(HOUSE / "cli") or path in (HOUSE / "__main__.py", HOUSE / "plotting/terminal.py"):
        return
    assert not TERMINAL & {module.split(".")[0] for module in imports_of(path)}
