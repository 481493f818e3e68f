"""Mutants: the program with one small thing changed. Each that no test notices is either equal to the original, or a
test that is missing.

A mutant lives in a copy of the repository, never in the working tree.
"""

import ast
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
SECONDS_A_MUTANT = 900
TESTS = {  # what is changed, and the tests that should notice
    "namegen/sampling": ["tests/test_sampling.py", "tests/test_constraints.py", "tests/test_search.py"],
    "namegen/evaluation": ["tests/test_evaluation*.py", "tests/test_score.py"],
    "namegen/models": ["tests/test_models.py", "tests/test_ngram.py", "tests/test_blend.py", "tests/test_modelfile.py"],
}
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


def spots(tree: ast.Module) -> list[ast.AST]:
    """Where something can be changed: operators, comparisons, numbers, truth values, conditions; not in annotations."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        parts = [
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
            *getattr(node, "decorator_list", []),
        ]
        skipped |= {inner for part in parts if part for inner in ast.walk(part)}
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        if node in skipped:
            continue
        is_operation = isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS
        is_comparison = isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS
        is_number = isinstance(node, ast.Constant) and type(node.value) in (int, float, bool)
        if is_operation or is_comparison or is_number or isinstance(node, ast.If | ast.IfExp):
            found.append(node)
    return found


def change(node: ast.AST, rng: random.Random) -> str:
    """Change a node in place. Returns what was done."""
    before = ast.unparse(node).splitlines()[0]
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        node.op = rng.choice(SWAPS[type(node.op)])()  # type: ignore[assignment]
    elif isinstance(node, ast.Compare):
        node.ops[0] = rng.choice(SWAPS[type(node.ops[0])])()  # type: ignore[assignment]
    elif isinstance(node, ast.Constant):
        value = node.value
        node.value = not value if type(value) is bool else value + rng.choice([1, -1])  # type: ignore[operator]
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    return f"{before}  →  {ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]}"


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Try so many mutants. Returns what happened in one line, and those that no test noticed."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)
    rng = random.Random(seed)
    survivors = []
    tests = {room: [str(t) for pattern in patterns for t in folder.glob(pattern)] for room, patterns in TESTS.items()}
    for room, noticing in tests.items():
        assert not is_noticed(folder, noticing), f"the tests of {room} fail without any change"
    for _ in range(number):
        room = rng.choice(sorted(TESTS))
        path = rng.choice([path for path in sorted((folder / room).glob("*.py")) if path.name != "__init__.py"])
        original = path.read_text("utf-8")
        tree = ast.parse(original)
        node = rng.choice(spots(tree))
        what = f"{path.relative_to(folder)}:{getattr(node, 'lineno', 0)}: {change(node, rng)}"
        path.write_text(ast.unparse(tree), "utf-8")
        if not is_noticed(folder, tests[room]):
            survivors.append(what)
        path.write_text(original, "utf-8")
    return f"{number} mutants, {number - len(survivors)} noticed by a test", survivors


def is_noticed(folder: Path, tests: list[str]) -> bool:
    """Whether a test fails, or none comes to an end."""
    environment = os.environ | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS_A_MUTANT, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0
