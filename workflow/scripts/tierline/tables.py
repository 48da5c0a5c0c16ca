"""The only place that reads and writes TSV tables whose rows are records."""

from __future__ import annotations

import csv
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from tierline.problems import InputError, Problem

Row = TypeVar("Row")
Intervals = tuple[tuple[int, int], ...]  # written start0-end0;start0-end0


def _columns(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in fields(cls)}


def _parse(text: str, hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        if text == "":
            return None
        hint = next(arm for arm in typing.get_args(hint) if arm is not types.NoneType)
    if hint == Intervals:
        return tuple((int(a), int(b)) for a, b in (item.split("-") for item in text.split(";"))) if text else ()
    if typing.get_origin(hint) is tuple:
        return tuple(text.split(";")) if text else ()
    if hint is bool:
        return {"yes": True, "no": False}[text]
    return hint(text)


def format_value(value: Any) -> str:
    """One cell: None is empty, a tuple is joined by ``;``, a float has at most 6 significant digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ";".join("-".join(map(str, i)) if isinstance(i, tuple) else format_value(i) for i in value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return " ".join(text.split()) if any(c in text for c in "\t\n\r") else text


def read_rows(path: str | Path, cls: type[Row]) -> Iterator[Row]:
    """Yield the rows of a TSV whose header is exactly the fields of ``cls``; lines starting with ``#`` are comments.

    Raises InputError with the file, row and column of the first cell that does not fit.
    """
    columns = _columns(cls)
    with open(path, encoding="utf-8-sig", newline="") as handle:
        numbered = ((n, line.rstrip("\r\n")) for n, line in enumerate(handle, 1))
        lines = ((n, line.split("\t")) for n, line in numbered if line.strip() and not line.startswith("#"))
        first = next(lines, None)
        if first is None or first[1] != list(columns):
            found = first[1] if first else []
            missing = [c for c in columns if c not in found]
            raise InputError(
                [
                    Problem(
                        str(path),
                        first[0] if first else None,
                        "",
                        "",
                        "the header is not the expected one",
                        f"Missing: {missing}; not known: {[c for c in found if c not in columns]}.",
                    )
                ]
            )
        for number, cells in lines:
            if len(cells) != len(columns):
                raise InputError(
                    [
                        Problem(
                            str(path),
                            number,
                            "",
                            "",
                            f"{len(cells)} cells instead of {len(columns)}",
                            "Separate the columns by single tabs.",
                        )
                    ]
                )
            values = {}
            for (name, hint), text in zip(columns.items(), cells, strict=True):
                try:
                    values[name] = _parse(text, hint)
                except (ValueError, KeyError) as error:
                    raise InputError(
                        [Problem(str(path), number, name, text, "the value does not fit its column", f"Expected {hint}.")]
                    ) from error
            yield cls(**values)


def write_rows(path: str | Path, cls: type[Row], rows: Iterable[Row]) -> int:
    """Write ``rows`` with their header beside ``path`` and move it there; returns the number of rows."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    count = 0
    names = list(_columns(cls))
    with open(partial, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writerow(names)
        for row in rows:
            writer.writerow([format_value(getattr(row, name)) for name in names])
            count += 1
    partial.replace(path)
    return count
