"""Findings that the reviewer holds back: apart from the findings, with who says so and why."""

from typing import Any

from tierline.case import Case

TITLE = "Held back by the reviewer"
ORDER = 45


def needed(case: Case) -> bool:
    return bool(case.withheld)


def context(case: Case) -> dict[str, Any]:
    return {"rows": case.withheld}
