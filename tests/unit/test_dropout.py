"""AT and GC drop-out, by hand on targets of four GC contents."""

from collections.abc import Mapping

import pytest
from tierline.assays import Target
from tierline.dropout import LEAST_TARGETS, drop_out, gc_percent

BASES = {"low": "AATT" * 24 + "GGCC", "even": "ACGT" * 25, "high": "GGCC" * 24 + "AATT", "unknown": "N" * 100}


def fetch(chrom: str, start0: int, end0: int) -> str:
    return BASES[chrom][: end0 - start0]


def depths(of: Mapping[str, float], each: int = 10) -> list[tuple[Target, float]]:
    """``each`` targets of 100 bases of every kind, with this mean depth."""
    return [((kind, 0, 100), depth) for kind, depth in of.items() for _ in range(each)]


def test_gc_content() -> None:
    assert [gc_percent(bases) for bases in BASES.values()] == [4, 50, 96, None]
    assert gc_percent("gcnnA") == 67


@pytest.mark.parametrize(
    ("of", "at", "gc"),
    [
        ({"low": 100, "even": 100, "high": 100}, 0, 0),
        ({"low": 0, "even": 150, "high": 150}, 1 / 3, 0),
        ({"low": 150, "even": 120, "high": 30}, 0, 1 / 3 - 0.1),
        ({"low": 120, "even": 60, "high": 120}, 1 / 3 - 0.2, 1 / 3 - 0.2),  # 50 % counts for both, as Picard counts
    ],
)
def test_what_is_missing_of_either_kind(of: dict[str, float], at: float, gc: float) -> None:
    found = drop_out(depths(of), fetch)
    assert found["at_dropout"].value == pytest.approx(at) and found["gc_dropout"].value == pytest.approx(gc)
    assert found["at_dropout"].on == 30
    assert drop_out(depths(of | {"unknown": 900}), fetch) == found, "bases that are not known are of neither kind"


def test_too_little_to_tell() -> None:
    few = drop_out(depths({"low": 100}, LEAST_TARGETS - 1), fetch)
    assert {row.value for row in few.values()} == {None} and few["gc_dropout"].note == "19 targets are too few"
    none = drop_out(depths({"low": 0}, LEAST_TARGETS), fetch)
    assert {row.note for row in none.values()} == {"no target is covered"}
