"""Tier III: variants of unknown clinical significance."""

from typing import Any

from tierline.case import Case
from tierline.records import Tier
from tierline.report.view import numbered

TITLE = "Variants of unknown clinical significance (Tier III)"
ORDER = 60
TIERS = ("III",)


def context(case: Case) -> dict[str, Any]:
    return {"rows": numbered(case, Tier.III)}
