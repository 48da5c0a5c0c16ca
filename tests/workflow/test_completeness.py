"""Products of a finished run, broken one by one: `tierline status` names each, says what is wrong, and ends with 1."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from runs import DEMO_CONFIG, Run, tierline
from tierline.paths import RESOURCES
from tierline.records import Complete
from tierline.run import completeness
from tierline.sheets import Project, load_project
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

MEL, LUAD = "MEL01T.hotspot50_tert", "LUAD01T.hotspot50_tert"


def delete(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    """Take off the last hundred bytes."""
    path.write_bytes(path.read_bytes()[:-100])


def lose_index(path: Path) -> None:
    next(path.parent.glob(f"{path.name}.*i")).unlink()


def touch(path: Path) -> None:
    """Make the file an hour younger than its index."""
    index = next(path.parent.glob(f"{path.name}.*i"))
    os.utime(path, ns=(0, index.stat().st_mtime_ns + 3600 * 10**9))


def exchange(path: Path) -> None:
    """Put the file of another sample in its place, index and all."""
    for own in path.parent.glob(f"{path.name}*"):
        shutil.copy(own.with_name(own.name.replace("LUAD01T", "MEL01T")), own)


BROKEN: dict[str, tuple[Callable[[Path], None], str, str, str]] = {
    "report gone": (delete, f"results/report/{MEL}.html", "missing", "not there"),
    "report empty": (empty, f"results/report/{MEL}.html", "empty", "no content"),
    "report cut short": (cut, f"results/report/{MEL}.html", "truncated", "does not end"),
    "report of another case": (exchange, f"results/report/{LUAD}.html", "wrong", "MEL01T"),
    "BAM gone": (delete, "results/align/MEL01N.bam", "missing", "not there"),
    "BAM cut short": (cut, "results/align/CRC01T.bam", "truncated", ""),
    "BAM of another sample": (exchange, "results/align/LUAD01T.bam", "wrong", "names MEL01T, not LUAD01T"),
    "BAM without index": (lose_index, "results/align/MEL01T.bam", "missing", "MEL01T.bam.bai"),
    "BAM younger than its index": (touch, "results/align/MEL01T.bam", "stale", "older than the file"),
    "VCF cut short": (cut, "results/annotate/CRC01T.vcf.gz", "truncated", ""),
    "VCF of another sample": (exchange, f"results/filter/{LUAD}.vcf.gz", "wrong", "not LUAD01T"),
    "VCF without index": (lose_index, "results/annotate/LUAD01T.vcf.gz", "missing", ".tbi"),
    "ledger empty": (empty, f"results/filter/{MEL}.ledger.tsv", "empty", "no content"),
    "findings gone": (delete, f"results/interpret/{MEL}.findings.tsv", "missing", "not there"),
    "loci empty": (empty, f"results/interpret/{MEL}.loci.tsv", "empty", "no content"),
    "case file cut short": (cut, f"results/interpret/{MEL}.json", "wrong", "not a case file"),
    "case file of another case": (exchange, f"results/interpret/{LUAD}.json", "wrong", "MEL01T"),
    "versions gone": (delete, "results/run/versions.tsv", "missing", "not there"),
    "cohort cut short": (cut, "results/cohort.html", "truncated", "does not end"),
    "dashboard gone": (delete, "results/multiqc/multiqc.html", "missing", "not there"),
}


@pytest.fixture
def copy(demo_run: Run, tmp_path: Path) -> Path:
    """A copy of the finished demo's results, times and all."""
    shutil.copytree(demo_run.folder / "results", tmp_path / "results", symlinks=True)
    return tmp_path


@pytest.fixture(scope="module")
def project(demo_run: Run) -> Project:
    return load_project(DEMO_CONFIG, demo_run.folder)


def incomplete(project: Project, folder: Path) -> list[tuple[str, str, str]]:
    rows = completeness(replace(project, workdir=folder))
    return [(row.path, row.state, row.why) for row in rows if row.state != "complete"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_product_is_named_and_no_other(project: Project, copy: Path, name: str) -> None:
    break_it, path, state, why = BROKEN[name]
    assert incomplete(project, copy) == []
    break_it(copy / path)
    found = incomplete(project, copy)
    assert [(p, s) for p, s, _ in found] == [(path, state)]
    assert why in found[0][2] and found[0][2]


def test_a_panel_that_changed_makes_its_reports_stale(project: Project, copy: Path) -> None:
    """A panel of the same name in the run folder wins, and its digest is another."""
    for panel in ("hotspot50", "hotspot50_tert"):
        shutil.copytree(RESOURCES / "panels" / panel, copy / "config/panels" / panel)
    assert incomplete(project, copy) == [], "the same content elsewhere is the same panel"
    with open(copy / "config/panels/hotspot50_tert/panel.yaml", "a") as handle:
        handle.write("thresholds:\n  min_depth: 30\n")
    stale = {(path, state) for path, state, _ in incomplete(project, copy)}
    assert stale == {
        (f"results/{name}", "stale") for case in (MEL, LUAD) for name in (f"interpret/{case}.json", f"report/{case}.html")
    }


def test_status_names_all_and_ends_with_one(copy: Path) -> None:
    broken = {path: break_it for break_it, path, _, _ in BROKEN.values()}  # the last way to break each file
    for path, break_it in sorted(broken.items(), key=lambda item: item[1] is not exchange):
        break_it(copy / path)
    status = tierline(copy, "status", "--configfile", str(DEMO_CONFIG))
    assert status.code == 1, status.output
    assert f"Incomplete: {len(broken)} products" in status.output, status.output
    assert all(
        f"\n{sample} " in f"\n{status.output}"
        for sample in {Path(p).name.split(".")[0] for p in broken} - {"versions", "multiqc", "cohort"}
    )
    named = {row.path for row in read_rows(copy / "results/run/complete.tsv", Complete) if row.state != "complete"}
    assert named == broken.keys()
    assert "Complete." not in status.output
    print(f"{len(broken)} broken products named, 0 skipped")
    assert len(broken) >= 14
