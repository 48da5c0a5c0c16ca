"""The only place that reads and writes TSV tables whose rows are records."""

from __future__ import annotations

import csv
import math
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from tierline.problems import InputError, Problem, did_you_mean

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
        return tuple(_parse(item, typing.get_args(hint)[0]) for item in text.split(";")) if text else ()
    if hint is bool:
        return {"yes": True, "no": False}[text]
    if hint is float and not math.isfinite(float(text)):
        raise ValueError(text)
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

    Raises InputError with the file, row and column of every cell that does not fit; after the first, no row is yielded.
    """
    columns = _columns(cls)
    problems: list[Problem] = []
    lines = _lines(Path(path))
    number, header = next(lines, (None, []))
    if header != list(columns):
        raise InputError(_header_problems(str(path), number, header, list(columns)))
    for number, cells in lines:
        if len(cells) != len(columns):
            message = f"{len(cells)} cells instead of {len(columns)}"
            problems.append(Problem(str(path), number, "", "", message, "Separate the columns by single tabs."))
            continue
        values = {}
        for (name, hint), text in zip(columns.items(), cells, strict=True):
            try:
                values[name] = _parse(text, hint)
            except (ValueError, KeyError):
                message, remedy = "the value does not fit its column", f"Expected {_words(hint)}."
                problems.append(Problem(str(path), number, name, text, message, remedy))
        if not problems:
            yield cls(**values)
    if problems:
        raise InputError(problems)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is neither blank nor a comment, with its 1-based number."""
    number = 0
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            for number, line in enumerate(handle, 1):
                if line.strip() and not line.startswith("#"):
                    yield number, line.rstrip("\r\n").split("\t")
    except OSError as error:
        message, remedy = f"the file cannot be read: {error.strerror}", "Restore it, or give yourself the right to read it."
        raise InputError([Problem(str(path), None, "", "", message, remedy)]) from error
    except UnicodeDecodeError as error:
        message, remedy = "a character from here on is not UTF-8", "Save the file as UTF-8."
        raise InputError([Problem(str(path), number + 1, "", "", message, remedy)]) from error


def _header_problems(shown: str, row: int | None, header: list[str], columns: list[str]) -> Iterator[Problem]:
    """What keeps a header from being the expected one."""
    if row is None:
        yield Problem(shown, None, "", "", "the header is missing", f"Begin with the columns {', '.join(columns)}.")
        return
    free = [name for name in columns if name not in header]
    for name in sorted(set(header)):
        if name not in columns:
            yield Problem(shown, row, name, "", "the column is not known", did_you_mean(name, free or columns))
        elif header.count(name) > 1:
            yield Problem(shown, row, name, "", "the column stands twice", "Keep one of them.")
    for name in free:
        yield Problem(shown, row, name, "", "the column is missing", f"Add the column {name}.")
    if set(header) == set(columns) and len(header) == len(columns):
        yield Problem(shown, row, "", "", "the columns stand in another order", f"Write {', '.join(columns)}.")


def _words(hint: Any) -> str:
    """A type in words."""
    if isinstance(hint, types.UnionType):
        arm = next(arm for arm in typing.get_args(hint) if arm is not types.NoneType)
        return f"{_words(arm)}, or nothing"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of " + ", ".join(str(member.value) for member in hint)
    if hint == Intervals:
        return "start0-end0 joined by ;"
    return {int: "a whole number", float: "a number", bool: "yes or no", str: "text"}.get(hint, "values joined by ;")


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
