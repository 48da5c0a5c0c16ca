"""Research use, and the line for whoever signs."""

from typing import Any

from tierline.case import Case

TITLE = "Use and signature"
ORDER = 180


def context(case: Case) -> dict[str, Any]:
    return {"signature": case.signatures[-1] if case.signatures and case.status != "DRAFT" else None}
