"""The knowledge that was asked, with its releases."""

from typing import Any

from tierline.case import Case

TITLE = "Knowledge releases"
ORDER = 160
FOLDED = True


def context(case: Case) -> dict[str, Any]:
    return {"releases": case.knowledge}
