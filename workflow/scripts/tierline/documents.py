"""YAML documents of users (panels, assays), read against the schemas in ``workflow/schemas``; all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

import tierline
from tierline.problems import Problem, did_you_mean

SCHEMAS: Path = Path(tierline.__file__).resolve().parents[2] / "schemas"


def read_document(path: Path, schema: str) -> tuple[dict[str, Any], list[Problem]]:
    """The mapping in a YAML file, and every way in which it breaks ``workflow/schemas/<schema>.schema.yaml``.

    The mapping is empty where the file is absent or is no YAML; the problems then say so.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        return {}, [Problem(str(path), None, "", "", f"the file cannot be read: {error}", "")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else None
        return {}, [Problem(str(path), row, "", "", f"the file is no YAML: {getattr(error, 'problem', error)}", "")]
    if not isinstance(document, dict):
        return {}, [Problem(str(path), None, "", "", "the file is not a mapping of keys to values", "Write key: value.")]
    rules = yaml.safe_load((SCHEMAS / f"{schema}.schema.yaml").read_text(encoding="utf-8"))
    errors = sorted(Draft202012Validator(rules).iter_errors(document), key=lambda error: error.json_path)
    return document, list(dict.fromkeys(problem for error in errors for problem in _problems(path, error)))


def _problems(path: Path, error: ValidationError) -> list[Problem]:
    """One schema error in a user's words; one problem for each unknown or missing key."""
    where = ".".join(str(part) for part in error.absolute_path)
    schema: dict[str, Any] = dict(error.schema) if isinstance(error.schema, Mapping) else {}
    known: dict[str, Any] = schema.get("properties", {})
    present: set[str] = {str(key) for key in error.instance} if isinstance(error.instance, dict) else set()

    def of_key(key: str, message: str, remedy: str) -> Problem:
        return Problem(str(path), None, f"{where}.{key}" if where else key, "", message, remedy)

    if error.validator == "additionalProperties":
        unknown = sorted(present - known.keys())
        return [of_key(key, "the key is not known", did_you_mean(key, known)) for key in unknown]
    if error.validator == "required":
        missing = sorted(set(schema["required"]) - present)
        return [of_key(key, "the key is missing", known.get(key, {}).get("description", "")) for key in missing]
    value = str(error.instance)
    if error.validator == "enum":
        return [Problem(str(path), None, where, value, "the value is not known", did_you_mean(value, schema["enum"]))]
    return [Problem(str(path), None, where, value, error.message, schema.get("description", ""))]
