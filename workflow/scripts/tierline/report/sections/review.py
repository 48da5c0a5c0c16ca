"""All that reviewers said of the case, beside what the engine had said."""

from typing import Any

from tierline.case import Case, name

TITLE = "Review"
ORDER = 175


def needed(case: Case) -> bool:
    return bool(context(case)["rows"])


def context(case: Case) -> dict[str, Any]:
    rows = [(name(item.finding), row) for item in (*case.findings, *case.withheld) for row in item.reviews]
    rows += [("the case", row) for row in (*case.comments, *case.signatures)]
    return {"rows": [(what, "held back" if row.field == "hold" else row.field, row) for what, row in rows]}
