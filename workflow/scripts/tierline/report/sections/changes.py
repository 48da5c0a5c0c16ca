"""What changed since earlier reports of the case, from -> to."""

from typing import Any

from tierline.case import Case
from tierline.changes import TOPICS

TITLE = "What changed"
ORDER = 47
OF_EARLIER = True


def context(case: Case) -> dict[str, Any]:
    return {"topics": tuple(TOPICS)}
