"""What the laboratory states of the tumour, found or not found: none of it was measured by this run."""

from typing import Any

from tierline.case import Case
from tierline.laboratory import is_found, name_of
from tierline.records import Tier
from tierline.report.view import numbered

TITLE = "Stated by the laboratory, not measured here"
ORDER = 55


def context(case: Case) -> dict[str, Any]:
    tiered = {item.statement: (n, item.finding) for n, item in numbered(case, *Tier) if item.statement}
    held = {item.statement for item in case.withheld}
    rows = [
        {
            "row": row,
            "name": name_of(row),
            "found": is_found(row),
            "tiered": tiered.get(row),
            "held": row in held,
        }
        for row in case.statements
    ]
    return {"rows": rows}
