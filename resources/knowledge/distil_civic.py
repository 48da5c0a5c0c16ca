"""Distil CIViC's accepted clinical evidence into ``civic/evidence.tsv``: facts, none of its sentences.

Usage: python resources/knowledge/distil_civic.py RELEASE TABLE
       python resources/knowledge/distil_civic.py 2026-05 \\
           ../shared/data/knowledge/civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv

TABLE is AcceptedClinicalEvidenceSummaries.tsv of https://civicdb.org/releases; RELEASE is how CIViC calls it. Profiles are
translated by the functions that the loader of 2021's format uses too; a disease that ``civic/diseases.tsv`` does not
have is named, and its items count as unread until it is added there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tierline.knowledge import KNOWLEDGE
from tierline.knowledge.civic import Item, evidence_of, items_of, reading
from tierline.tables import write_rows

HEADER = """\
# CIViC: accepted clinical evidence. Source: Clinical Interpretation of Variants in Cancer, https://civicdb.org/releases
# Release: {release}. Latest review: {latest}. Facts: {facts}
# Licence: CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/
# Changes: columns selected, statements and names of authors left out, profiles translated, by distil_civic.py.
"""


def distil(release: str, table: Path, folder: Path) -> None:
    """Write ``evidence.tsv`` into ``folder``, which has ``diseases.tsv`` and ``corrections.tsv``."""
    items, ours = list(items_of(table)), reading(folder)
    for name in sorted({item.disease for item in items} - {*ours.diseases, ""}):
        print(f"not in diseases.tsv: {name}")
    target = folder / "evidence.tsv"
    count = write_rows(target, Item, items)
    head = HEADER.format(
        release=release,
        latest=max(item.reviewed for item in items),
        facts=sum(1 for _ in evidence_of(items, ours)),
    )
    target.write_text(head + target.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{count} items from {table.name} to {target.name}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    distil(sys.argv[1], Path(sys.argv[2]), KNOWLEDGE / "civic")
