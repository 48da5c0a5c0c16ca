"""Assay, panel, genome and tools, so that the result can be made again."""

from typing import Any

from tierline.case import Case, percent
from tierline.figures import number
from tierline.report.view import words
from tierline.tools import COLUMNS, remark

TITLE = "Methods and versions"
ORDER = 150
FOLDED = True

THRESHOLDS = {  # what a panel's threshold is called; those in percent are fractions
    "min_vaf": "least allele fraction",
    "min_alt_reads": "fewest variant fragments",
    "min_depth": "least depth",
    "claimed_lod_snv": "claimed limit, single base",
    "claimed_lod_mnv": "claimed limit, several bases",
    "claimed_lod_indel": "claimed limit, insertion or deletion",
    "min_normal_depth": "least depth in the normal",
    "max_normal_vaf": "highest allele fraction in the normal",
    "max_normal_alt_reads": "most variant fragments in the normal",
}
_FRACTIONS = ("min_vaf", "claimed_lod_snv", "claimed_lod_mnv", "claimed_lod_indel", "max_normal_vaf")


def _value(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return value
    return percent(value) if name in _FRACTIONS else number(value)


def context(case: Case) -> dict[str, Any]:
    return {
        "thresholds": [(THRESHOLDS.get(k, words(k)), _value(k, v)) for k, v in sorted(case.panel.thresholds.items())],
        "files": sorted(case.reference.sha256s.items()),
        "columns": COLUMNS,
        "tools": [(tool, remark(tool)) for tool in case.tools],
    }
