"""Trials that the evidence behind the findings names: dated facts, read offline; whether a trial is open is not known."""

import re
from typing import Any

from tierline.case import Case, name
from tierline.records import EvidenceMatch, Tier
from tierline.report.view import numbered

TITLE = "Trials named in the evidence"
ORDER = 115
FOLDED = True


def trials(match: EvidenceMatch) -> list[str]:
    """Registry numbers in the source of an item of level C that counts in this case; of any other item none."""
    counts = match.level_used and match.evidence.level == "C"
    return list(dict.fromkeys(re.findall(r"\bNCT\d{8}\b", match.evidence.source))) if counts else []


def needed(case: Case) -> bool:
    return bool(context(case)["rows"])


def context(case: Case) -> dict[str, Any]:
    rows = [
        (name(item.finding), number, match.evidence)
        for _, item in numbered(case, *Tier)
        for match in sorted(item.trace, key=lambda match: match.evidence.id)
        for number in trials(match)
    ]
    return {"rows": rows}
