"""The source as contracts read it: tracked files, and the syntax trees of Python modules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cqms.instance.entry import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef
SHIPPED = ("cqms", "studies", "documents", "quality_events", "audits", "training")


@cache
def tracked_files() -> list[Path]:
    """Every file that is, or will be, in the repository, relative to it."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return [Path(name) for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file()]


@cache
def modules() -> dict[str, ast.Module]:
    """The tree of every Python file except migrations, by its path."""
    files = [path for path in tracked_files() if path.suffix == ".py" and "migrations" not in path.parts]
    return {str(path): ast.parse((ROOT / path).read_text(encoding="utf-8")) for path in files}


def shipped() -> dict[str, ast.Module]:
    """The modules of the portal, without tests."""
    return {name: tree for name, tree in modules().items() if name.partition("/")[0] in SHIPPED}


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def promises(tree: ast.Module) -> Iterator[Function]:
    """The public functions of a module, and the public methods of its public classes."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    bodies = [tree.body, *(node.body for node in classes)]
    return (n for body in bodies for n in body if isinstance(n, Function) and not n.name.startswith("_"))


def at(name: str, node: ast.AST, what: str = "") -> str:
    """Where something is: file, line, and what it is."""
    return f"{name}:{getattr(node, 'lineno', 1)} {what}".strip()


def root_of(node: ast.expr) -> ast.expr:
    """What a chain of attributes, calls and subscripts begins with."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def model_behind(function: Function | ast.Module, node: ast.expr, names: set[str]) -> str:
    """The model whose manager a chain of query set methods begins with; blank when that cannot be told."""
    waiting, seen = [node], set()
    while waiting:
        root = root_of(waiting.pop())
        if not isinstance(root, ast.Name) or root.id in seen:
            continue
        if root.id in names:
            return root.id
        seen.add(root.id)
        waiting += [each.value for each in ast.walk(function) if isinstance(each, ast.Assign) and _names(each, root.id)]
    return ""


def _names(assign: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in assign.targets)
