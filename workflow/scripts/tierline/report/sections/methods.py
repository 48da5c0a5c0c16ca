"""Assay, panel, genome and tools, so that the result can be made again."""

from typing import Any

from tierline.case import Case

TITLE = "Methods and versions"
ORDER = 150
FOLDED = True


def context(case: Case) -> dict[str, Any]:
    return {
        "thresholds": sorted(case.panel.thresholds.items()),
        "files": sorted(case.reference.sha256s.items()),
        "tools": case.tools,
    }
