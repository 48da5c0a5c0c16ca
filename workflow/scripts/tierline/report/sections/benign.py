"""Tier IV: variants with positive evidence of being benign."""

from typing import Any

from tierline.case import Case
from tierline.records import Tier
from tierline.report.view import numbered

TITLE = "Benign or likely benign variants (Tier IV)"
ORDER = 90
TIERS = ("IV",)


def context(case: Case) -> dict[str, Any]:
    return {"rows": numbered(case, Tier.IV)}
