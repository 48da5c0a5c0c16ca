"""The tables of the oncogenicity standard against the public tables that they were distilled from or read in."""

import csv
import importlib
import os
import re
import sys
from pathlib import Path

import pytest
from tierline.knowledge import KNOWLEDGE
from tierline.knowledge._oncogenicity import FUNCTIONAL_CURATED, FunctionalFact, RecurrentElsewhere
from tierline.tables import read_rows

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
CIVIC = "knowledge/civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (SHARED / CIVIC).is_file(), reason=f"no shared data at {SHARED}"),
]


@pytest.mark.parametrize(
    ("script", "attribute", "source"),
    [
        ("distil_functional", "TABLE", CIVIC),
        ("distil_predictions", "TABLE", "knowledge/maftools_cancerhotspots_v2_GRCh37.tsv"),
        ("distil_coding_ends", "TABLE", "panels"),
        ("distil_gene_roles", "GENE_ROLES", "panels/ucladx_cancer_genes_review.txt"),
    ],
)
def test_the_script_makes_the_table_that_ships(script, attribute, source, tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(KNOWLEDGE))
    module = importlib.import_module(script)
    shipped = getattr(module, attribute)
    monkeypatch.setattr(module, attribute, tmp_path / shipped.name)
    module.main(str(SHARED / source))
    made = list(tmp_path.iterdir())
    assert shipped.name in {path.name for path in made}
    for path in made:
        assert path.read_text(encoding="utf-8") == shipped.with_name(path.name).read_text(encoding="utf-8"), path.name
    sys.modules.pop(script)


def test_what_was_read_in_civic_is_what_civic_has():
    """Every row that names an item: the item exists, is of this gene and residue, and cites this paper."""
    with open(SHARED / CIVIC, encoding="utf-8", newline="") as handle:
        civic = {row["evidence_id"]: row for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)}
    own = KNOWLEDGE / "oncogenicity"
    rows = [(f.gene, f.alteration, f.source, f.looked_up) for f in read_rows(own / FUNCTIONAL_CURATED, FunctionalFact)]
    rows += [
        (r.gene, r.change, r.source, r.looked_up) for r in read_rows(own / "recurrent_elsewhere.tsv", RecurrentElsewhere)
    ]
    checked = 0
    for gene, alteration, source, looked_up in rows:
        for item in re.findall(r"EID(\d+)", looked_up):
            row = civic[item]
            checked += 1
            assert source == f"PMID {row['citation_id']}", item
            assert gene in row["molecular_profile"] or gene in row["evidence_statement"], item
            said = row["molecular_profile"] + row["evidence_statement"]
            place = re.search(r"exon \d+", looked_up) or re.search(r"\d+", alteration)
            assert place and place[0] in said, item
    assert checked >= 30
