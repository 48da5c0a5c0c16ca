"""A digest of the code that a rule runs: its script and all modules of ours that it imports, directly or not.

Snakemake sees a change of a script, not of what the script imports. The digest is passed as a parameter of the rule,
so that an edited module reruns the rules that use it, and no others.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def code_digest(script: str | Path) -> str:
    """Hex digest (16 digits) over the syntax trees, docstrings and comments apart, of a script and its imports."""
    digest = hashlib.sha256()
    for path in sorted(code_files(script)):
        digest.update(_read(path)[0].encode())
    return digest.hexdigest()[:16]


def code_files(script: str | Path) -> set[Path]:
    """The script and every file of the package that it reaches by imports.

    Packages whose members are found by name (callers, knowledge, report sections) count with all their members.
    """
    found: set[Path] = set()
    waiting = [Path(script)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _read(path)[1]
    return found


@cache
def _read(path: Path) -> tuple[str, tuple[Path, ...]]:
    """What of a file matters, and the files of the package that it imports: in one pass, as every job begins with it.

    What matters is the syntax tree of Python without docstrings, and the text of anything else.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text, ()
    tree = ast.parse(text)
    modules: list[str] = []
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]  # with whether it stands in an "if TYPE_CHECKING:"
    while waiting:
        node, for_types = waiting.pop()
        if isinstance(node, ast.expr):
            continue  # no statement stands in an expression
        if isinstance(node, ast.Import) and not for_types:
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not for_types:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for_types = for_types or _is_for_types(node)
        waiting += [(child, for_types) for child in ast.iter_child_nodes(node)]
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [  # type: ignore[attr-defined]
                s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
            ]
    return ast.dump(tree), tuple(file for module in modules for file in _files_of(module))


def _is_for_types(node: ast.AST) -> bool:
    """``if TYPE_CHECKING:``: what it imports never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _files_of(module: str) -> Iterator[Path]:
    if module.split(".")[0] != PACKAGE.name:
        return
    place = PACKAGE.joinpath(*module.split(".")[1:])
    if place.with_suffix(".py").is_file():
        yield place.with_suffix(".py")
    elif place.is_dir() and place != PACKAGE:
        yield from (p for p in place.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
