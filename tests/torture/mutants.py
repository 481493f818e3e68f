"""Mutants: the program with one small thing changed. Each that no test notices is either equal to the original, or a
test that is missing.

A mutant lives in a copy of the repository, never in the working tree, and meets the tests that run what was changed.
"""

import ast
import random
import shutil
import subprocess
from pathlib import Path

from torture.noticing import is_noticed, tests_of, watched

REPOSITORY = Path(__file__).parent.parent.parent
ROOMS = ["namegen/evaluation", "namegen/models", "namegen/sampling"]
TESTS = (  # those that may notice, beside the doctests
    "blend cli_sample constraints evaluation evaluation_quality evaluation_significance export library modelfile "
    "models ngram sampling score search selection spelling training"
)
SWAPS: dict[type[ast.AST], list[type[ast.AST]]] = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.FloorDiv],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Mult],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}


def spots(tree: ast.Module) -> list[ast.expr | ast.stmt]:
    """Where something can be changed: operators, comparisons, numbers, truth values, conditions, calls that return
    nothing; not in annotations.
    """
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        parts = [
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
            *getattr(node, "decorator_list", []),
        ]
        skipped |= {inner for part in parts if part for inner in ast.walk(part)}
    found: list[ast.expr | ast.stmt] = []
    for node in ast.walk(tree):
        if node in skipped:
            continue
        is_operation = isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS
        is_comparison = isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS
        is_number = isinstance(node, ast.Constant) and type(node.value) in (int, float, bool)
        is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        is_condition = isinstance(node, ast.If | ast.IfExp)
        if is_operation or is_comparison or is_number or is_call or is_condition or isinstance(node, ast.UnaryOp):
            found.append(node)
    return found


def change(node: ast.AST, rng: random.Random) -> str:
    """Change a node in place. Returns what was done."""
    before = ast.unparse(node).splitlines()[0]
    match node:
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign():
            node.op = rng.choice(SWAPS[type(node.op)])()  # type: ignore[assignment]
        case ast.Compare():
            node.ops[0] = rng.choice(SWAPS[type(node.ops[0])])()  # type: ignore[assignment]
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(value) | float(value)):
            node.value = value + rng.choice([1, -1])
        case ast.If() | ast.IfExp():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.UnaryOp():
            node.operand = ast.UnaryOp(node.op, node.operand)
        case ast.Expr():
            node.value = ast.Constant(...)
    return f"{before}  →  {ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]}"


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Try so many mutants, as many in each room. Returns what happened in one line, and those that no test noticed."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)
    rng = random.Random(seed)
    seconds, runs = watched(folder, ROOMS, [*(f"tests/test_{name}.py" for name in TESTS.split()), *ROOMS])
    chosen = {room: shuffled(folder, room, rng) for room in ROOMS}
    survivors = []
    for which in range(number):
        path, place = chosen[ROOMS[which % len(ROOMS)]].pop()
        original = folder / "original"
        (folder / path).rename(original)
        tree = ast.parse(original.read_text("utf-8"))
        node = spots(tree)[place]
        lines = range(node.lineno, (getattr(node, "test", node).end_lineno or 0) + 1)
        what = f"{path}:{node.lineno}: {change(node, rng)}"
        (folder / path).write_text(ast.unparse(tree), "utf-8")
        if not is_noticed(folder, tests_of(lines, runs[path], seconds)):
            survivors.append(what)
        original.replace(folder / path)
    return f"{number} mutants, {number - len(survivors)} noticed by a test", survivors


def shuffled(folder: Path, room: str, rng: random.Random) -> list[tuple[str, int]]:
    """Every spot of a room, in any order: the file and the place among its spots."""
    found = [
        (str(path.relative_to(folder)), place)
        for path in sorted((folder / room).glob("*.py"))
        for place in range(len(spots(ast.parse(path.read_text("utf-8")))))
    ]
    rng.shuffle(found)
    return found
