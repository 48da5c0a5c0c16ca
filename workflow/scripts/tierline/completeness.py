"""Done means complete: what a run owes is known before it starts, and is held against what is there when it ends."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tierline.inputfiles import BGZF_EOF, ends_with
from tierline.problems import InputError
from tierline.records import Complete, Expected

if TYPE_CHECKING:
    from tierline.sheets import Project

DASHBOARD = "results/multiqc/multiqc.html"
VERSIONS = "results/run/versions.tsv"
VERDICTS = "results/multiqc/verdicts.tsv"
COHORT = "results/cohort.html"


def report_path(case: tuple[str, str]) -> str:
    """The report of a (tumor, panel)."""
    return f"results/report/{'.'.join(case)}.html"


def expected_products(project: Project) -> list[Expected]:
    """Every product that a run owes its user, in the order in which it comes about."""
    with_reads = project.with_reads
    rows = [Expected(f"results/align/{sample}.bam", sample, "", "bam") for sample in with_reads]
    for tumor in project.tumors:
        has_reads = tumor in with_reads
        vcfs = [f"calls/{tumor}.{caller}" for caller in project.config["callers"] if has_reads]
        vcfs += [f"consensus/{tumor}", f"annotate/{tumor}"]
        if has_reads or any(unit.coverage for unit in project.units_of(tumor)):
            rows.append(Expected(f"results/coverage/{tumor}.depth.tsv.gz", tumor, "", "depth"))
        rows += [Expected(f"results/{name}.vcf.gz", tumor, "", "vcf") for name in vcfs]
        for panel in project.panels_of(tumor):
            case = f"{tumor}.{panel}"
            rows += [
                Expected(f"results/filter/{case}.vcf.gz", tumor, panel, "vcf"),
                Expected(f"results/filter/{case}.ledger.tsv", tumor, panel, "table"),
                Expected(f"results/interpret/{case}.findings.tsv", tumor, panel, "table"),
                Expected(f"results/interpret/{case}.loci.tsv", tumor, panel, "table"),
                Expected(f"results/interpret/{case}.genes.tsv", tumor, panel, "table"),
                Expected(f"results/interpret/{case}.coding.tsv", tumor, panel, "table"),
                Expected(f"results/interpret/{case}.holes.tsv", tumor, panel, "table"),
                Expected(f"results/interpret/{case}.json", tumor, panel, "json"),
                Expected(report_path((tumor, panel)), tumor, panel, "html"),
                Expected(f"results/report/{case}.maf", tumor, panel, "table"),
                Expected(f"results/report/{case}.vcf.gz", tumor, panel, "vcf"),
            ]
    rows += [Expected(f"results/multiqc/{name}.control.tsv", name, "", "table") for name in project.run_controls]
    cohort = [Expected(path, "", "", "table") for path in (VERSIONS, VERDICTS)]
    return [*rows, *cohort, Expected(COHORT, "", "", "cohort"), Expected(DASHBOARD, "", "", "dashboard")]


def verify(expected: Iterable[Expected], workdir: Path, digests: dict[str, str]) -> list[Complete]:
    """Look at every product: there, not empty, whole, of the right sample, of the panel as it is now.

    ``digests`` are the digests of the panels in use, by panel.
    """
    rows, expected = [], list(expected)
    samples = sorted({product.sample for product in expected if product.sample})
    cases = sorted({f"{product.sample}.{product.panel}" for product in expected if product.panel})
    for product in expected:
        path = workdir / product.path
        state, why = _look(path, product, digests)
        if state == "complete" and product.kind in ("dashboard", "cohort"):
            attribute, named = ("data-original-sn", samples) if product.kind == "dashboard" else ("data-case", cases)
            state, why = _look_at_page_of_all(path, attribute, named)
        rows.append(Complete(product.path, product.sample, product.panel, state, why))
    return rows


def _look(path: Path, product: Expected, digests: dict[str, str]) -> tuple[str, str]:
    if not path.is_file():
        return "missing", "the file is not there"
    if path.stat().st_size == 0:
        return "empty", "the file has no content"
    if product.kind in ("bam", "vcf", "depth"):
        return _look_at_bgzf(path, product)
    if product.kind == "json":
        return _look_at_case(path, product, digests)
    if product.kind == "html":
        return _look_at_report(path, product, digests)
    if product.kind == "table":
        return _look_at_table(path)
    return "complete", ""


def _look_at_table(path: Path) -> tuple[str, str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    widths = {line.count("\t") for line in text.splitlines() if not line.startswith("#")}
    if not text.endswith("\n") or len(widths) > 1:
        return "truncated", "its last row is cut"
    return "complete", ""


def _look_at_bgzf(path: Path, product: Expected) -> tuple[str, str]:
    import pysam

    if not ends_with(path, BGZF_EOF):
        return "truncated", "the file has no BGZF end"
    index = Path(f"{path}.bai" if product.kind == "bam" else f"{path}.tbi")
    if not index.is_file():
        return "missing", f"its index {index.name} is not there"
    if index.stat().st_mtime_ns < path.stat().st_mtime_ns - 1_000_000_000:
        return "stale", f"its index {index.name} is older than the file"
    if product.kind == "depth":
        return "complete", ""
    try:
        if product.kind == "bam":
            with pysam.AlignmentFile(str(path)) as bam:
                names = {group.get("SM", "") for group in bam.header.to_dict().get("RG", [])}
        else:
            with pysam.VariantFile(str(path)) as vcf:
                names = set(vcf.header.samples)
    except (OSError, ValueError) as error:
        return "truncated", f"the header cannot be read: {error}"
    if product.sample not in names:
        return "wrong", f"the header names {', '.join(sorted(names)) or 'no sample'}, not {product.sample}"
    return "complete", ""


def _look_at_case(path: Path, product: Expected, digests: dict[str, str]) -> tuple[str, str]:
    from tierline.case import from_json

    try:
        case = from_json(path.read_text(encoding="utf-8"), str(path))
    except (InputError, json.JSONDecodeError, UnicodeDecodeError) as error:
        return "wrong", f"not a case file: {str(error)[:200]}"
    if case.sample.sample != product.sample or case.panel.id != product.panel:
        return "wrong", f"it is the case {case.sample.sample}.{case.panel.id}"
    if case.panel.digest != digests.get(product.panel):
        return "stale", "made with another content of the panel"
    return "complete", ""


def _look_at_report(path: Path, product: Expected, digests: dict[str, str]) -> tuple[str, str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.rstrip().endswith("</html>"):
        return "truncated", "the page does not end"
    found = re.search(r'<meta name="tierline:case" content="([^"]*)">', text)
    if not found or found[1] != f"{product.sample}.{product.panel}":
        return "wrong", f"the page is of {found[1] if found else 'no case'}"
    digest = re.search(r'<meta name="tierline:panel-digest" content="([^"]*)">', text)
    if not digest or digest[1] != digests.get(product.panel):
        return "stale", "made with another content of the panel"
    case_file = path.parents[1] / "interpret" / path.with_suffix(".json").name
    if not case_file.is_file():
        return "stale", "its case file is not there any more"
    said = re.search(r'<meta name="tierline:case-file" content="([^"]*)">', text)
    if (not said or said[1] != hashlib.sha256(case_file.read_bytes()).hexdigest()) and _is_own(case_file, product):
        return "stale", "made from another state of its case file"
    return "complete", ""


def _is_own(case_file: Path, product: Expected) -> bool:
    """Whether a file is that of the case; where it is not, a row of its own tells."""
    try:
        case = json.loads(case_file.read_text(encoding="utf-8"))
        return (case["sample"]["sample"], case["panel"]["id"]) == (product.sample, product.panel)
    except (ValueError, KeyError, TypeError):
        return False


def _look_at_page_of_all(path: Path, attribute: str, names: Iterable[str]) -> tuple[str, str]:
    """Whether a page ends, and has every one of ``names`` as a value of ``attribute``."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.rstrip().endswith("</html>"):
        return "truncated", "the page does not end"
    named = set(re.findall(rf'{attribute}="([^"]*)"', text))
    if lacking := [name for name in names if name not in named]:
        return "stale", f"it does not name {', '.join(lacking[:5])}{' and others' if len(lacking) > 5 else ''}"
    return "complete", ""
