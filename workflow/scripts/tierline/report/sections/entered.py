"""What it costs that the calls came as a VCF: a banner before everything that rests on them."""

from typing import Any

from tierline.case import CALLER_NAMES, Case, door_limits

TITLE = "Calls of another pipeline"
ORDER = 17


def needed(case: Case) -> bool:
    return case.entered_as_vcf


def context(case: Case) -> dict[str, Any]:
    return {"sentences": door_limits(case.sources), "callers": CALLER_NAMES}
