"""The reads behind each Tier I and II finding: by strand, in the normal, and as each caller counted them."""

from typing import Any

from tierline.case import Case
from tierline.records import Tier
from tierline.report.view import numbered

TITLE = "Read counts by strand and caller (Tier I and II)"
ORDER = 110
FOLDED = True


def context(case: Case) -> dict[str, Any]:
    return {"rows": [(n, item) for n, item in numbered(case, Tier.I, Tier.II) if not item.statement]}
