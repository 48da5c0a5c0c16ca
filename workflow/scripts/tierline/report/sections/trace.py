"""The working behind every tier: each evidence item looked at, what it said and what it was taken for."""

from typing import Any

from tierline.case import Case
from tierline.records import Axis, EvidenceMatch, Tier
from tierline.report.view import numbered

TITLE = "Evidence behind each tier"
ORDER = 120
FOLDED = True


def _order(match: EvidenceMatch) -> tuple[str, int, str]:
    return match.level_used or "Z", list(Axis).index(match.evidence.axis), match.evidence.id


def context(case: Case) -> dict[str, Any]:
    rows = []
    for n, item in numbered(case, *Tier):
        used_first = sorted(item.trace, key=_order)
        rows.append({"n": n, "f": item.finding, "role": item.gene_role, "trace": used_first})
    return {"rows": rows}
