"""A case file is read without its schema, and yet refuses whatever the schema refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from test_changes import full
from tierline.case import _builder, _plain, _Unfit, from_json, json_schema, to_json
from tierline.problems import InputError

OTHERS: tuple[Any, ...] = (None, "x", 7, 1.5, True, ["x"], [7], {"x": 1})


def records(record: Any) -> Iterator[Any]:
    """One record of each class that a case holds."""
    yield record
    for field in fields(record):
        value = getattr(record, field.name)
        for inner in value[:1] if isinstance(value, tuple) else (value,):
            if is_dataclass(inner):
                yield from records(inner)


EACH = {type(record).__name__: record for record in records(full())}


def edits(record: Any) -> Iterator[Any]:
    """The record's own fields with other values, without one of them, with one more."""
    data = _plain(record)
    for field in fields(record):
        value = getattr(record, field.name)
        for other in OTHERS:
            yield {**data, field.name: other}
        if isinstance(value, tuple) and not (value and is_dataclass(value[0])):
            yield {**data, field.name: [*data[field.name], 7]}
        yield {name: part for name, part in data.items() if name != field.name}
    yield {**data, "more": 1}


@pytest.mark.parametrize("name", [name for name in EACH if name != "Case"])
def test_what_the_schema_refuses_is_refused_and_what_it_takes_is_read(name: str) -> None:
    record = EACH[name]
    validator = Draft202012Validator({**json_schema()["$defs"][name], "$defs": json_schema()["$defs"]})
    assert validator.is_valid(_plain(record)) and _plain(_builder(type(record))(_plain(record))) == _plain(record)
    refused = 0
    for data in edits(record):
        try:
            _builder(type(record))(data)
            is_read = True
        except _Unfit:
            is_read, refused = False, refused + 1
        assert is_read == validator.is_valid(data), data
    assert refused > len(fields(record))


def test_a_case_holds_every_kind_of_record() -> None:
    assert {*json_schema()["$defs"], "Case"} == set(EACH)


WRONG = {
    "mode": "tumor",
    "schema": 1,
    "loci": {},
    "ledger_counts": {"a": "b"},
    "synthetic": 1,
    "findings": [None],
    "sample": [],
}


@pytest.mark.parametrize(("place", "value"), [*WRONG.items(), ("more", 1)])
def test_a_case_itself(place: str, value: Any) -> None:
    data = json.loads(to_json(full()))
    assert from_json(json.dumps(data)) is not None
    with pytest.raises(InputError) as caught:
        from_json(json.dumps({**data, place: value}))
    assert caught.value.problems[0].message


@pytest.mark.parametrize("number", [7.0, float("nan"), True])
def test_a_whole_number_is_written_as_one(number: Any) -> None:
    """The schema takes 7.0 for a whole number; Tierline does not write it."""
    data = copy.deepcopy(json.loads(to_json(full())))
    data["findings"][0]["finding"]["pos1"] = number
    with pytest.raises(InputError):
        from_json(json.dumps(data))
