"""What it costs that no population frequencies were given: a banner before everything that rests on them."""

from typing import Any

from tierline.case import Case, without_population

TITLE = "No population frequencies"
ORDER = 18


def needed(case: Case) -> bool:
    return bool(without_population(case.reference.lacks, case.mode))


def context(case: Case) -> dict[str, Any]:
    return {"sentence": without_population(case.reference.lacks, case.mode)}
