"""Assay, panel, genome and tools, so that the result can be made again."""

from typing import Any

from tierline.case import CLAIMS, FRACTION, THRESHOLDS, Case, percent
from tierline.figures import number
from tierline.report.view import words
from tierline.tools import COLUMNS, remark

TITLE = "Methods and versions"
ORDER = 150
FOLDED = True


def _value(name: str, value: float | str) -> str:
    said, unit = THRESHOLDS.get(name, (name, ""))
    if isinstance(value, str):
        return value
    if unit == FRACTION:
        return percent(value)
    return number(value) if unit in said else f"{number(value)} {unit}"


def context(case: Case) -> dict[str, Any]:
    return {
        "claims": [CLAIMS.get(claim, claim) for claim in case.panel.claims],
        "thresholds": [
            (THRESHOLDS[k][0] if k in THRESHOLDS else words(k), _value(k, v))
            for k, v in sorted(case.panel.thresholds.items())
        ],
        "files": sorted(case.reference.sha256s.items()),
        "columns": COLUMNS,
        "tools": [(tool, remark(tool)) for tool in case.tools],
    }
