"""Every reportable locus with its answer."""

from typing import Any

from tierline.case import Case

TITLE = "All reportable loci"
ORDER = 100
FOLDED = True


def context(case: Case) -> dict[str, Any]:
    return {"loci": case.loci}
