"""What became of all candidates, and those that technical reasons held back."""

from typing import Any

from tierline.case import Case

TITLE = "Candidates held back, and the fate of all"
ORDER = 130
FOLDED = True


def context(case: Case) -> dict[str, Any]:
    return {"counts": sorted(case.ledger_counts.items()), "held": case.held_candidates}
