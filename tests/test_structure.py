"""The structure of the code: packages import in one direction alone, and functions are short."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "namegen"
# From the bottom up: a package may import those before it. `version` and `errors` import nothing of namegen.
LAYERS = (
    *("version", "errors", "settings", "corpus", "models", "files", "training", "sampling"),
    *("evaluation", "api", "plotting", "export", "cli", "__main__"),
)
APART = {("training", "sampling"), ("sampling", "training"), ("evaluation", "training"), ("plotting", "export")}
# Conveniences of a model that need what is above it; imported when they are called.
UPWARD = {("api", "plotting"), ("api", "export")}
MOST_LINES, MOST_PARAMETERS = 50, 8


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path) for path in PACKAGE.rglob("*.py")}


def layer_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def for_types_alone(tree: ast.AST) -> set[ast.AST]:
    """What stands under `if TYPE_CHECKING`."""
    blocks = (n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    return {inner for block in blocks for node in block.body for inner in ast.walk(node)}


def imports_of(tree: ast.AST) -> set[str]:
    """The modules of namegen that are imported when the program runs, now or later."""
    found = set()
    skipped = for_types_alone(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "namegen"}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "namegen":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return found


@cache
def imports() -> dict[str, set[str]]:
    """What each module imports."""
    return {module_of(path): imports_of(tree) for path, tree in trees().items()}


def test_every_package_has_its_layer():
    assert {layer_of(module) for module in MODULES} - {""} == set(LAYERS)


def upward_imports(module: str) -> list[str]:
    own = layer_of(module)
    return [
        f"{module} imports {other}"
        for other in sorted(imports()[module])
        if (layer := layer_of(other)) and layer != own and (own, layer) not in UPWARD
        if (own, layer) in APART or LAYERS.index(layer) > LAYERS.index(own)
    ]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_package_imports_only_from_those_below_it(layer):
    assert [found for module in sorted(MODULES) if layer_of(module) == layer for found in upward_imports(module)] == []


def test_no_imports_form_a_circle():
    def is_upward(module: str, other: str) -> bool:
        return (layer_of(module), layer_of(other)) in UPWARD

    below = {m: [o for o in imports().get(m, ()) if o != "namegen" and not is_upward(m, o)] for m in MODULES}
    TopologicalSorter(below).prepare()  # raises CycleError, which names the circle


def test_functions_fit_on_a_screen_and_take_few_parameters():
    too_large = []
    for path, tree in trees().items():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            lines = function.end_lineno - function.lineno + 1
            arguments = function.args
            own = {a.arg for a in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]} - {"self", "cls"}
            if lines > MOST_LINES or len(own) > MOST_PARAMETERS:
                too_large.append(f"{module_of(path)}: {function.name}: {lines} lines, {len(own)} parameters")
    assert too_large == []


def test_the_core_imports_no_terminal_library():
    for path, tree in trees().items():
        if layer_of(module_of(path)) not in ("plotting", "cli", "__main__"):
            modules = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
            modules |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            assert not {module.split(".")[0] for module in modules} & {"typer", "rich", "click"}, path
