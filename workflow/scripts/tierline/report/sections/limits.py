"""What this test cannot say."""

from typing import Any

from tierline.case import Case

TITLE = "Limits"
ORDER = 170


def context(case: Case) -> dict[str, Any]:
    return {"sentences": case.limits}
