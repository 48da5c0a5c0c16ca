"""Each alias of a gene stands in the evidence item that it was read in, beside the gene's own symbol or of its item."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest
from tierline.knowledge._gene_aliases import GENE_ALIASES, GeneAlias
from tierline.paths import ROOT
from tierline.tables import read_rows

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA") or ROOT.parent / "shared" / "data")
CIVIC = SHARED / "knowledge" / "civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv"


@pytest.mark.skipif(not CIVIC.exists(), reason=f"{CIVIC} is not there")
def test_every_alias_read_in_civic_stands_in_its_item() -> None:
    with open(CIVIC, encoding="utf-8", newline="") as handle:
        items = {row["evidence_id"]: row for row in csv.DictReader(handle, delimiter="\t")}
    aliases = [row for row in read_rows(GENE_ALIASES, GeneAlias) if row.source.startswith("CIViC EID")]
    for row in aliases:
        item = items[row.source.removeprefix("CIViC EID")]
        said, named = item["evidence_statement"], item["molecular_profile"]
        assert re.search(rf"\b{re.escape(row.alias)}\b", said, re.IGNORECASE), row
        assert re.search(rf"\b{re.escape(row.gene)}\b", f"{named} {said}"), row
    assert len(aliases) >= 15
