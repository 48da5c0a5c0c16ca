"""Golden cases of oncogenicity: each row of ``oncogenicity/*.tsv`` is one variant, its points, class and criteria met.

The shipped tables are used: a row fails where a fact it rests on is lost, as well as where a rule is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_tiers import made_variant, rows
from tierline.knowledge import load_oncogenicity_tables
from tierline.oncogenicity import CRITERIA, assess
from tierline.records import Variant

HERE = Path(__file__).parent / "oncogenicity"
TABLES = load_oncogenicity_tables()


@dataclass(frozen=True)
class Case:
    row: dict[str, str]

    def __str__(self) -> str:
        return f"{self.row['gene']} {self.row['change']}: {self.row['case']}"


CASES = [Case(row) for path in sorted(HERE.glob("*.tsv")) for row in rows(path)]


def made(row: dict[str, str]) -> tuple[Variant, str]:
    variant, facts = made_variant(row["gene"], row["change"], row["more"])
    return variant, facts.get("tumor", "")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden_case(case: Case) -> None:
    variant, tumor_type = made(case.row)
    found = assess(variant, TABLES, tumor_type)
    met = [criterion.id for criterion in found.criteria if criterion.state == "met"]
    assert (met, found.points, found.classification) == (
        [name for name in case.row["met"].split(";") if name],
        int(case.row["points"]),
        case.row["class"],
    ), [criterion for criterion in found.criteria if criterion.id in met or criterion.id in case.row["met"]]


def test_the_points_of_every_case_are_those_of_its_criteria() -> None:
    """The expected sum is that of the expected criteria: the table holds no slip of the pen."""
    for case in CASES:
        names = [name for name in case.row["met"].split(";") if name]
        assert int(case.row["points"]) == sum(CRITERIA[name].points for name in names), str(case)


def test_the_cases_are_enough_and_their_mix_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    mix = Counter(case.row["class"] for case in CASES)
    with capsys.disabled():
        print(f"\n{len(CASES)} oncogenicity cases:", ", ".join(f"{count} {name}" for name, count in mix.most_common()))
    assert len(CASES) >= 200
    assert set(mix) == {"oncogenic", "likely_oncogenic", "vus", "likely_benign", "benign"}
    assert len({(c.row["gene"], c.row["change"], c.row["more"]) for c in CASES}) == len(CASES)
