"""Each quality figure against its threshold, and what a failure stops."""

from typing import Any

from tierline.case import Case

TITLE = "Quality"
ORDER = 140
FOLDED = True


def context(case: Case) -> dict[str, Any]:
    return {"verdicts": case.verdicts}
