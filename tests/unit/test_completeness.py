"""What a run owes, and every state that a product can be found in."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pysam
import pytest
from report_cases import melanoma
from tierline.case import to_json
from tierline.completeness import COHORT, DASHBOARD, VERDICTS, VERSIONS, expected_products, verify
from tierline.inputfiles import BGZF_EOF
from tierline.records import Expected, Kind, Sample, Unit
from tierline.report import render
from tierline.sheets import Project

CASE = melanoma()
NAME, PANEL, DIGEST = CASE.sample.sample, CASE.panel.id, CASE.panel.digest


def sample(name: str, kind: Kind, panels: tuple[str, ...] = ()) -> Sample:
    return Sample(name, "P1", kind, "MEL", "a", panels, None, "unknown", "FFPE", False)


def test_what_a_run_owes() -> None:
    samples = (sample("T1", Kind.TUMOR, ("p", "q")), sample("N1", Kind.NORMAL))
    units = tuple(Unit(name, "u", "", "", "", "", "", f"{name}.bam") for name in ("T1", "N1"))
    rows = expected_products(Project(Path("config.yaml"), Path("."), {"callers": ["a", "b"]}, samples, units))
    assert [row.path for row in rows if row.kind == "bam"] == ["results/align/T1.bam", "results/align/N1.bam"]
    of_a_case = ["filter/T1.q.vcf.gz", "filter/T1.q.ledger.tsv", "interpret/T1.q.findings.tsv", "interpret/T1.q.loci.tsv",
                 "interpret/T1.q.genes.tsv", "interpret/T1.q.coding.tsv", "interpret/T1.q.holes.tsv",
                 "interpret/T1.q.json", "report/T1.q.html", "report/T1.q.maf", "report/T1.q.vcf.gz"]  # fmt: skip
    assert [row.path for row in rows if row.panel == "q"] == [f"results/{name}" for name in of_a_case]
    assert {row.path for row in rows if not row.sample} == {VERSIONS, VERDICTS, COHORT, DASHBOARD}
    vcfs = [f"{name}.vcf.gz" for name in ("calls/T1.a", "calls/T1.b", "consensus/T1", "annotate/T1")]
    of_a_tumour = ["coverage/T1.depth.tsv.gz", *vcfs]
    assert [row.path for row in rows if row.sample == "T1" and not row.panel][1:] == [f"results/{n}" for n in of_a_tumour]
    assert len(rows) == 2 + 5 + 2 * 11 + 4
    assert len({row.path for row in rows}) == len(rows)


@pytest.mark.parametrize("coverage", ["", "T1.per-base.bed.gz"])
def test_what_a_run_owes_of_a_tumour_that_is_a_vcf(coverage: str) -> None:
    samples = (sample("T1", Kind.TUMOR, ("p",)), sample("N1", Kind.NORMAL))
    unit = Unit("T1", "vcf", "", "", "", "", "", "", vcf="T1.vcf", coverage=coverage)
    rows = expected_products(Project(Path("config.yaml"), Path("."), {"callers": ["a", "b"]}, samples, (unit,)))
    depth = ["coverage/T1.depth.tsv.gz"] if coverage else []
    names = [*depth, "consensus/T1.vcf.gz", "annotate/T1.vcf.gz"]
    assert [row.path for row in rows if row.sample and not row.panel] == [f"results/{name}" for name in names]
    assert len([row for row in rows if row.panel == "p"]) == 11


def write_bam(path: Path) -> None:
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 99}], "RG": [{"ID": "u1", "SM": NAME}]}
    with pysam.AlignmentFile(str(path), "wb", header=header):
        pass
    pysam.index(str(path))


def write_vcf(path: Path) -> None:
    header = pysam.VariantHeader()
    header.contigs.add("chr1", 99)
    header.add_sample(NAME)
    with pysam.VariantFile(str(path), "wz", header=header):
        pass
    pysam.tabix_index(str(path), preset="vcf", force=True)


def write_depth(path: Path) -> None:
    with pysam.BGZFile(str(path), "w") as handle:
        handle.write(b"chr1\t1\t30\t31\n")
    pysam.tabix_index(str(path), force=True, seq_col=0, start_col=1, end_col=1)


def write_page(path: Path) -> None:
    """A page, and the case file that it was made from."""
    case_file = path.parents[1] / "interpret" / path.with_suffix(".json").name
    for file, text in ((path, render(CASE)), (case_file, to_json(CASE))):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


WRITE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "bam": (f"{NAME}.bam", write_bam),
    "vcf": (f"{NAME}.vcf.gz", write_vcf),
    "table": ("x.tsv", lambda path: path.write_text("a\tb\n")),
    "dashboard": ("multiqc.html", lambda path: path.write_text(f'<b data-original-sn="{NAME}"></b></html>')),
    "cohort": ("cohort.html", lambda path: path.write_text(f'<tr data-case="{NAME}.{PANEL}"></html>')),
    "depth": ("x.depth.tsv.gz", write_depth),
    "json": ("x.json", lambda path: path.write_text(to_json(CASE))),
    "html": ("report/x.html", write_page),
}


def look(folder: Path, kind: str, change: Callable[[Path], object] | None = None, **given: str) -> tuple[str, str]:
    """State and reason of a good product of that kind, after a change."""
    name, write = WRITE[kind]
    write(folder / name)
    if change:
        change(folder / name)
    product = replace(Expected(name, NAME, PANEL, kind), **given)
    [row] = verify([product], folder, {PANEL: DIGEST})
    assert (row.path, row.sample, row.panel) == (product.path, product.sample, product.panel)
    return row.state, row.why


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: -len(BGZF_EOF)])


def outdated(path: Path) -> None:
    """The index is five seconds older than its file."""
    index = next(path.with_name(path.name + end) for end in (".bai", ".tbi") if path.with_name(path.name + end).exists())
    seconds = path.stat().st_mtime - 5
    os.utime(index, (seconds, seconds))


def edit(old: str, new: str) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize("kind", WRITE)
def test_complete(tmp_path: Path, kind: str) -> None:
    assert look(tmp_path, kind) == ("complete", "")


@pytest.mark.parametrize("kind", WRITE)
def test_missing_and_empty(tmp_path: Path, kind: str) -> None:
    assert look(tmp_path, kind, Path.unlink)[0] == "missing"
    assert look(tmp_path, kind, lambda path: path.write_bytes(b""))[0] == "empty"


@pytest.mark.parametrize(
    ("kind", "change", "state", "why"),
    [
        ("bam", cut, "truncated", "the file has no BGZF end"),
        ("vcf", cut, "truncated", "the file has no BGZF end"),
        ("bam", lambda path: path.write_bytes(b"x"), "truncated", "the file has no BGZF end"),
        ("bam", lambda path: path.write_bytes(BGZF_EOF), "truncated", "the header cannot be read"),
        ("vcf", lambda path: path.write_bytes(BGZF_EOF), "truncated", "the header cannot be read"),
        ("bam", lambda path: Path(f"{path}.bai").unlink(), "missing", f"its index {NAME}.bam.bai is not there"),
        ("vcf", lambda path: Path(f"{path}.tbi").unlink(), "missing", f"its index {NAME}.vcf.gz.tbi is not there"),
        ("bam", outdated, "stale", f"its index {NAME}.bam.bai is older than the file"),
        ("vcf", outdated, "stale", f"its index {NAME}.vcf.gz.tbi is older than the file"),
        ("json", lambda path: path.write_text("{"), "wrong", "not a case file"),
        ("json", lambda path: path.write_text("{}"), "wrong", "not a case file"),
        ("json", lambda path: path.write_bytes(b"\xff\xfe"), "wrong", "not a case file"),
        ("json", edit(DIGEST, "0" * 64), "stale", "made with another content of the panel"),
        ("html", edit("</html>", ""), "truncated", "the page does not end"),
        ("html", edit(f'content="{NAME}.{PANEL}"', f'content="other.{PANEL}"'), "wrong", f"the page is of other.{PANEL}"),
        ("html", lambda path: path.write_text("<html></html>"), "wrong", "the page is of no case"),
        ("html", edit(f'panel-digest" content="{DIGEST}', 'panel-digest" content="00'), "stale", "another content"),
        ("dashboard", edit("</html>", ""), "truncated", "the page does not end"),
        ("dashboard", edit(NAME, "other"), "stale", f"it does not name {NAME}"),
        ("cohort", edit("</html>", ""), "truncated", "the page does not end"),
        ("cohort", edit(NAME, "other"), "stale", f"it does not name {NAME}.{PANEL}"),
        ("depth", cut, "truncated", "the file has no BGZF end"),
        ("depth", lambda path: Path(f"{path}.tbi").unlink(), "missing", "its index x.depth.tsv.gz.tbi is not there"),
    ],
)  # fmt: skip
def test_incomplete(tmp_path: Path, kind: str, change: Callable[[Path], object], state: str, why: str) -> None:
    found, said = look(tmp_path, kind, change)
    assert (found, why in said) == (state, True), said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda file: file.write_text(to_json(replace(CASE, status="FINAL"))), "made from another state of its case file"),
        (lambda file: file.write_text(to_json(replace(CASE, content="00"))), "made from another state of its case file"),
        (lambda file: file.unlink(), "its case file is not there any more"),
    ],
)
def test_a_page_that_its_case_file_does_not_bear_out_is_stale(
    tmp_path: Path, change: Callable[[Path], object], why: str
) -> None:
    assert look(tmp_path, "html", lambda path: change(path.parents[1] / "interpret" / "x.json")) == ("stale", why)


@pytest.mark.parametrize("kind", ["bam", "vcf", "json", "html"])
def test_of_another_sample(tmp_path: Path, kind: str) -> None:
    state, why = look(tmp_path, kind, sample="SOMEBODY")
    assert state == "wrong"
    assert NAME in why


@pytest.mark.parametrize("kind", ["json", "html"])
def test_of_another_panel(tmp_path: Path, kind: str) -> None:
    state, why = look(tmp_path, kind, panel="other")
    assert state == "wrong"
    assert PANEL in why


def test_an_index_of_the_same_second_is_not_stale(tmp_path: Path) -> None:
    def tie(path: Path) -> None:
        seconds = path.stat().st_mtime - 0.5
        os.utime(f"{path}.bai", (seconds, seconds))

    assert look(tmp_path, "bam", tie) == ("complete", "")


def test_one_row_for_each_product_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.tsv").write_text("x\n")
    products = [Expected(f"{name}.tsv", "", "", "table") for name in "abc"]
    assert [(row.path, row.state) for row in verify(products, tmp_path, {})] == [
        ("a.tsv", "missing"),
        ("b.tsv", "complete"),
        ("c.tsv", "missing"),
    ]


def test_comments_of_a_table_are_no_rows(tmp_path: Path) -> None:
    assert look(tmp_path, "table", lambda path: path.write_text("#version 2.4\na\tb\n1\t2\n")) == ("complete", "")
    assert look(tmp_path, "table", lambda path: path.write_text("#version 2.4\na\tb\n1\n"))[0] == "truncated"


@pytest.mark.parametrize("text", ["a\tb\n1", "a\tb\n1\t2", "a\tb\n1\t2\n3\n"])
def test_a_table_whose_last_row_is_cut(tmp_path: Path, text: str) -> None:
    assert look(tmp_path, "table", lambda path: path.write_text(text)) == ("truncated", "its last row is cut")
