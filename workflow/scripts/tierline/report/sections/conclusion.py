"""The conclusion in plain language, as the case file has it."""

from typing import Any

from tierline.case import Case

TITLE = "Conclusion"
ORDER = 20


def context(case: Case) -> dict[str, Any]:
    return {"sentences": case.conclusion}
