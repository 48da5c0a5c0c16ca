"""The loader of the Almanac on its 1,015 assertions of 2026-05, as the shared data have them (without sentences)."""

import csv
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from tierline.knowledge import load_knowledge, moalmanac

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
TABLE = SHARED / "knowledge" / "moalmanac_assertions_2026-05.tsv"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not TABLE.exists(), reason=f"no {TABLE}")]
TESTED = ("Somatic Variant", "Copy Number", "Rearrangement")  # what a panel can find


def test_nearly_all_assertions_on_somatic_changes_are_read(tmp_path):
    with open(TABLE, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    (tmp_path / "moalmanac").mkdir()
    (tmp_path / "moalmanac" / "almanac.json").write_text(json.dumps(rows), encoding="utf-8")
    facts = load_knowledge(["moalmanac"], tmp_path).evidence
    left = {item.id: item.reason for item in moalmanac.unread(tmp_path)}
    assert len(facts) + len(left) == len(rows) == 1015
    somatic = [row["assertion_id"] for row in rows if row["feature_type"] in TESTED]
    missed = Counter(left[name] for name in somatic if name in left)
    print(f"{len(facts)} facts of {len(rows)} assertions; of {len(somatic)} somatic ones not read: {missed}")
    assert sum(missed.values()) / len(somatic) < 0.11
    assert {fact.level for fact in facts} == {"A", "C", "D"}
    of_msi = [row["assertion_id"] for row in rows if row["status"] == "MSI-High"]
    assert {name for name in of_msi if name in left} == {"770"}  # it asserts that there is no effect
    assert {fact.alteration for fact in facts if fact.gene == "MSI"} == {"high"}
    assert sorted(fact.alteration for fact in facts if fact.gene == "TMB") == ["high", "high", "high mut/Mb>=10"]
    t315i = {fact.therapy for fact in facts if fact.gene == "ABL1" and "p.Thr315Ile" in fact.alteration}
    resisted = {fact.therapy for fact in facts if fact.alteration == "p.Thr315Ile" and fact.axis == "resistance"}
    assert "ponatinib" in t315i - resisted
