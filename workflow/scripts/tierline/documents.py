"""YAML and text of users (config, panels, assays): read with the line of every key, all faults at once.

What a document may hold stands in ``workflow/schemas``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

import tierline
from tierline import inputfiles
from tierline.inputfiles import Cell
from tierline.problems import InputError, Problem, did_you_mean

SCHEMAS: Path = Path(tierline.__file__).resolve().parents[2] / "schemas"

Lines = dict[tuple[str, ...], int]
"""The 1-based line of each key of a document; ``("thresholds", "min_vaf")`` is a key inside another."""


def line_of(lines: Lines, *keys: str) -> int | None:
    """The line of a key; where it is not written, of the nearest one above it. None: of none."""
    return next((lines[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in lines), None)


@cache
def load_schema(name: str) -> dict[str, Any]:
    """A JSON Schema of ``workflow/schemas``; ``remedy`` (ours) says what to write instead of a value that fails."""
    schema: dict[str, Any] = yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8"))
    return schema


def read_document(path: Path, schema: str) -> tuple[dict[str, Any], Lines, list[Problem]]:
    """The mapping in a YAML file, its lines, and every way in which it breaks ``workflow/schemas/<schema>.schema.yaml``.

    The mapping is empty where the file is absent or is no YAML; the problems then say so.
    """
    try:
        document, lines, problems = read_yaml(path)
    except InputError as error:
        return {}, {}, list(error.problems)
    errors = Draft202012Validator(load_schema(schema)).iter_errors(document)
    ordered = sorted(errors, key=lambda error: error.json_path)
    faults = (problem for error in ordered for problem in _problems(path, lines, error))
    return document, lines, list(dict.fromkeys([*problems, *faults]))


def _problems(path: Path, lines: Lines, error: ValidationError) -> list[Problem]:
    """One schema error in a user's words; one problem for each unknown or missing key."""
    keys = tuple(str(part) for part in error.absolute_path)
    schema: dict[str, Any] = dict(error.schema) if isinstance(error.schema, Mapping) else {}
    known: dict[str, Any] = schema.get("properties", {})
    present: set[str] = {str(key) for key in error.instance} if isinstance(error.instance, dict) else set()

    def problem(more: tuple[str, ...], value: str, message: str, remedy: str) -> Problem:
        at = (*keys, *more)
        return Problem(str(path), line_of(lines, *at), ".".join(at), value, message, remedy)

    if error.validator == "additionalProperties" and not isinstance(schema["additionalProperties"], Mapping):
        unknown = sorted(present - known.keys())
        return [problem((key,), "", "the key is not known", did_you_mean(key, known)) for key in unknown]
    if error.validator == "required":
        missing = sorted(set(schema["required"]) - present)
        return [
            problem((key,), "", "the key is missing", known.get(key, {}).get("description", "Write it.")) for key in missing
        ]
    value = str(error.instance)
    if error.validator == "enum":
        return [problem((), value, "the value is not known", did_you_mean(value, map(str, schema["enum"])))]
    return [problem((), value, error.message, schema.get("description", "See the schema in workflow/schemas."))]


# --------------------------------------------------------------------------- YAML


def read_yaml(path: Path) -> tuple[dict[str, Any], Lines, list[Problem]]:
    """The mapping in a YAML file, the line of each key, and what YAML itself would pass over in silence.

    That is keys that stand twice and numbers that are none (.nan, .inf). Raises InputError where there is no mapping.
    """
    whole = Cell(str(path), None, "", "")
    lines: Lines = {}
    text, problems = read_text(path, whole)
    if problems:
        raise InputError(problems)
    try:
        aliases = [token for token in yaml.scan(text, yaml.SafeLoader) if isinstance(token, yaml.AliasToken)]
        if aliases:
            place = replace(whole, row=aliases[0].start_mark.line + 1)
            raise InputError([place.problem("aliases (*) are not supported", "Write the value out.")])
        problems += _yaml_lines(yaml.compose(text, yaml.SafeLoader), lines, str(path))
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "it holds a character that YAML does not allow"
        place = replace(whole, row=mark.line + 1 if mark else None)
        raise InputError([place.problem(f"this is not YAML: {what}", "Write key: value, indented by blanks.")]) from error
    except (ValueError, RecursionError) as error:  # 2026-13-45, a number of thousands of digits; [[[[...
        what = "brackets in brackets without end" if isinstance(error, RecursionError) else str(error)
        fault = whole.problem(f"a value cannot be read: {what}", "Put it into quotes, or correct it.")
        raise InputError([fault]) from error
    if not isinstance(values, dict | None):
        raise InputError([replace(whole, row=1).problem("there are no keys", "Write key: value on each line.")])
    for keys, number in _not_finite(values):
        cell = Cell(str(path), line_of(lines, *keys), ".".join(keys), str(number))
        problems.append(cell.problem("this is not a number", "Write a number with digits."))
    return values or {}, lines, problems


def _yaml_lines(node: yaml.Node | None, lines: Lines, shown: str, *above: str) -> list[Problem]:
    """Note the line of every key; a key that stands twice is a problem (YAML itself would take the last)."""
    problems = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place, row = (*above, str(key.value)), key.start_mark.line + 1
            if place in lines:
                cell = Cell(shown, row, ".".join(place), "")
                problems.append(cell.problem(f"the key stands twice, first in row {lines[place]}", "Keep one of them."))
            lines.setdefault(place, row)
            problems += _yaml_lines(value, lines, shown, *place)
    return problems


def _not_finite(value: Any, *above: str) -> Iterator[tuple[tuple[str, ...], float]]:
    """The places of numbers that are infinite or none: no threshold compares with them."""
    if isinstance(value, float) and not math.isfinite(value):
        yield above, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _not_finite(part, *above, str(key))


# --------------------------------------------------------------------------- text


def read_text(path: Path, cell: Cell) -> tuple[str, list[Problem]]:
    """The text of a small file of the user's: UTF-8 with or without BOM, any line end; empty with its problems."""
    problems = inputfiles.check_file(path, cell)
    if problems:
        return "", problems
    content = path.read_bytes()
    if content.startswith(inputfiles.ZIP):
        return "", [cell.problem("this is a workbook or archive, not text", "Save the sheet as tab-separated text.")]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "", [cell.problem("the text is UTF-16", "Save it as UTF-8.")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        return "", [replace(cell, row=row).problem("a character is not UTF-8", "Save the file as UTF-8.")]
    return text.replace("\r\n", "\n").replace("\r", "\n"), []
