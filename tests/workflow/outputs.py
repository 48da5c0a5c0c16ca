"""What every output of a case says, read from the output itself; and where two of them disagree."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pysam
from tierline.case import Case, change, from_json, percent, percent_up, reason_words
from tierline.metrics import METRICS
from tierline.records import Candidate, Finding, GeneCoverage, LocusAnswer, ResultVerdict, State, Tier, Verdict
from tierline.tables import format_value, read_rows

Key = tuple[str, int, str, str]  # chrom, pos1, ref, alt
Rows = dict[Any, dict[str, str]]  # finding or locus -> field -> text as every output would write it


def key_of(row: Finding | Candidate) -> Key:
    return row.chrom, row.pos1, row.ref, row.alt


def shown(row: Finding | Candidate, *names: str) -> dict[str, str]:
    return {name: format_value(getattr(row, name)) for name in names}


def told(row: Finding) -> dict[str, str]:
    """All that some other output may say of a finding."""
    names = ("gene", "transcript", "hgvsc", "hgvsp", "depth", "alt_depth", "vaf", "normal_depth", "normal_alt_depth")
    more = ("tier", "level", "axis", "rule", "evidence", "therapies", "oncogenicity", "labels", "locus_ids", "callers")
    own = {"percent": percent(row.vaf), "change": f"{row.gene} {row.hgvsp or row.hgvsc}"}
    return shown(row, *names, *more, "engine_tier", "status", "consequence", "exon") | own


# --------------------------------------------------------------------------- each output


def in_table(folder: Path, case: str) -> Rows:
    return {
        key_of(row): told(row) for row in read_rows(folder / f"interpret/{case}.findings.tsv", Finding) if not row.stated
    }


def in_maf(folder: Path, case: str) -> Rows:
    text = (folder / f"report/{case}.maf").read_text()
    header, *lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    columns = {
        "gene": "Hugo_Symbol", "transcript": "Transcript_ID", "hgvsc": "HGVSc", "hgvsp": "HGVSp", "depth": "t_depth",
        "alt_depth": "t_alt_count", "vaf": "t_vaf", "normal_depth": "n_depth", "normal_alt_depth": "n_alt_count",
        "tier": "tierline_tier", "level": "tierline_level", "axis": "tierline_axis", "rule": "tierline_rule",
        "evidence": "tierline_evidence", "therapies": "tierline_therapies", "oncogenicity": "tierline_oncogenicity",
        "labels": "tierline_labels", "locus_ids": "tierline_loci", "callers": "tierline_callers", "exon": "Exon_Number",
        "engine_tier": "tierline_engine_tier", "status": "tierline_status",
    }  # fmt: skip
    found = {}
    for line in lines:
        row = dict(zip(header, line, strict=True))
        chrom, pos1, _, ref, alt = row["vcf_region"].split(":")
        found[chrom, int(pos1), ref, alt] = {name: row[column] for name, column in columns.items()}
    return found


def in_vcf(folder: Path, case: str) -> Rows:
    """Every allele of the VCF, findings and others."""
    keys = {"tier": "TIER", "level": "LEVEL", "axis": "AXIS", "rule": "RULE", "evidence": "EVIDENCE", "gene": "GENE",
            "transcript": "TRANSCRIPT", "hgvsc": "HGVSC", "hgvsp": "HGVSP", "oncogenicity": "ONCOGENICITY",
            "labels": "LABELS", "locus_ids": "LOCI", "callers": "CALLERS", "consequence": "CONSEQUENCE",
            "engine_tier": "ENGINE_TIER", "fate": "FATE"}  # fmt: skip
    found = {}
    with pysam.VariantFile(str(folder / f"report/{case}.vcf.gz")) as vcf:
        for record in vcf:
            key = (record.chrom, record.pos, record.ref, record.alts[0])
            info = {name: record.info[k] for name, k in keys.items() if k in record.info}
            texts = {n: unquote(";".join(v) if isinstance(v, tuple) else v) for n, v in info.items()}
            tumor = record.samples[0]
            figures = {"depth": str(tumor["DP"]), "alt_depth": str(tumor["AO"]), "vaf": f"{tumor['VAF']:.4g}"}
            found[key] = {**dict.fromkeys(keys, ""), **texts, **figures, "filter": ";".join(record.filter)}
    return found


def section(page: str, name: str) -> str:
    found = re.search(rf'<(section|details) id="{name}" class="section">(.*?)\n</\1>', page, re.DOTALL)
    return found[2] if found else ""


def in_page(folder: Path, case: str) -> tuple[Rows, Rows]:
    """Findings and loci of the report."""
    page = (folder / f"report/{case}.html").read_text()
    [status] = re.findall(r'<meta name="tierline:status" content="(\w+)">', page)
    findings: Rows = {}
    for name in ("findings", "uncertain", "benign"):
        for part in re.split(r'(?=<span class="tier tier-)', section(page, name))[1:]:
            [tier] = re.findall(r'<span class="tier tier-(\w+)"', part)[:1]
            place = re.search(r'<span class="mono">(\S+):(\d+) (\w+)&gt;(\w+)</span>', part)
            if not place:  # stated by the laboratory
                continue
            names = re.search(r'<span class="variant"><strong>(.*?)</strong> <strong>(.*?)</strong>', part)
            figures = re.search(
                r"(?:<strong>|>)([\d.]+ %).*?<small>([\d\u202f]+) of ([\d\u202f]+) fragments", part, re.DOTALL
            )
            assert names and figures, part
            row = {"tier": tier, "change": f"{unescape(names[1])} {unescape(names[2])}", "status": status}
            alt_depth, depth = (figure.replace("\u202f", "") for figure in figures.group(2, 3))
            row |= {"percent": figures[1], "alt_depth": alt_depth, "depth": depth}
            if name == "findings":
                row["level"] = re.findall(r"<small>level (\w)</small>", part)[0]
            findings[place[1], int(place[2]), place[3], place[4]] = row
    loci: Rows = {}
    for line in re.findall(r"<tr><td>(.*?)</td></tr>", section(page, "loci")):
        first, *others = line.split("</td><td")
        cells = [first, *(cell.partition(">")[2] for cell in others)]
        cells = [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells]
        loci[cells[0]] = {"state": cells[2].replace(" ", "_"), "depth": cells[3].replace("\u202f", ""), "lod": cells[4],
                          "lod_mnv": cells[5], "lod_indel": cells[6], "said": cells[7]}  # fmt: skip
    return findings, loci


def of_locus(row: LocusAnswer) -> dict[str, str]:
    """What the report's table says of a locus."""
    note = f" {row.note}" if row.note and row.reason != "gene_not_in_annotation" else ""
    said = "; ".join(row.findings) + (reason_words(row.reason) if row.reason else "") + note
    limits = {"lod": row.lod_vaf, "lod_mnv": row.lod_vaf_mnv, "lod_indel": row.lod_vaf_indel}
    shown = {name: "–" if limit is None else percent_up(limit) for name, limit in limits.items()}
    depth = "–" if row.depth is None else f"{row.depth:.4g}" if row.depth < 1000 else str(row.depth)
    return {"state": str(row.state), "depth": depth, "said": said} | shown


# --------------------------------------------------------------------------- against the case file


def differ(what: str, wanted: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[str]:
    """Rows that are there once only, and fields that both have with another text."""
    said = [f"{what}: {key} is not there" for key in wanted if key not in found]
    said += [f"{what}: {key} is there, and not in the case file" for key in found if key not in wanted]
    for key in (key for key in wanted if key in found):
        mine, theirs = wanted[key], found[key]
        if isinstance(mine, Mapping):
            said += [
                f"{what}: {key} {n}: {theirs[n]!r}, not {mine[n]!r}" for n in theirs if n in mine and theirs[n] != mine[n]
            ]
        elif mine != theirs:
            said.append(f"{what}: {key}: {theirs!r}, not {mine!r}")
    return said


def disagreements(results: Path, name: str) -> list[str]:
    """Everything in which an output of a case (``<tumor>.<panel>``) does not say what its case file says."""
    case = from_json((results / f"interpret/{name}.json").read_text())
    measured = [item.finding for item in case.findings if not item.finding.stated]
    wanted = {key_of(row): told(row) for row in measured}
    loci, genes = (results / f"interpret/{name}.{what}.tsv" for what in ("loci", "genes"))
    return [
        *differ("findings.tsv", wanted, in_table(results, name)),
        *differ("MAF", wanted, in_maf(results, name)),
        *_vcf(results, name, case),
        *_page(results, name, case, wanted),
        *differ("loci.tsv", _astuples(case.loci, "locus_id"), _astuples(read_rows(loci, LocusAnswer), "locus_id")),
        *differ("genes.tsv", _astuples(case.genes, "gene"), _astuples(read_rows(genes, GeneCoverage), "gene")),
        *_ledger(results, name, case, measured),
        *_dashboard(results, name, case),
        *_itself(case),
    ]


def _astuples(rows: Iterable[Any], key: str) -> dict[str, tuple[Any, ...]]:
    return {getattr(row, key): tuple(map(format_value, astuple(row))) for row in rows}


def _vcf(results: Path, name: str, case: Case) -> list[str]:
    """Findings, and the candidates that the report shows as held back; fractions to the single precision of a VCF."""
    findings = [item.finding for item in case.findings if not item.finding.stated]
    wanted = {key_of(row): told(row) | {"fate": "finding", "filter": "PASS"} for row in findings}
    wanted |= {key_of(item.finding): {"fate": "finding", "filter": "held_by_reviewer"} for item in case.withheld}
    names = ("gene", "transcript", "hgvsc", "hgvsp", "depth", "alt_depth", "vaf", "labels", "locus_ids", "callers", "fate")
    for row in case.held_candidates:
        reasons = ";".join(code.partition(":")[0] for code in row.technical)
        wanted[key_of(row)] = shown(row, *names) | {"tier": "", "filter": reasons}
    for texts in wanted.values():
        if "vaf" in texts:
            texts["vaf"] = f"{float(texts['vaf']):.4g}"
    return differ("VCF", wanted, in_vcf(results, name))


def _page(results: Path, name: str, case: Case, wanted: Mapping[Any, Any]) -> list[str]:
    findings, loci = in_page(results, name)
    text = unescape(section((results / f"report/{name}.html").read_text(), "conclusion"))
    said = [f"page: not in its conclusion: {sentence}" for sentence in case.conclusion if sentence not in text]
    return said + differ("page", wanted, findings) + differ("page", {r.locus_id: of_locus(r) for r in case.loci}, loci)


def _ledger(results: Path, name: str, case: Case, measured: Iterable[Finding]) -> list[str]:
    rows = list(read_rows(results / f"filter/{name}.ledger.tsv", Candidate))
    names = (
        "gene",
        "transcript",
        "hgvsc",
        "hgvsp",
        "consequence",
        "exon",
        "locus_ids",
        "vaf",
        "depth",
        "alt_depth",
        "callers",
    )
    mine = {key_of(f): shown(f, *names) for f in (*measured, *(item.finding for item in case.withheld))}
    theirs = {key_of(row): shown(row, *names) for row in rows if row.fate == "finding"}
    held, ledger = {key_of(row): row for row in case.held_candidates}, {key_of(row): row for row in rows}
    counts = Counter(row.fate for row in rows)
    said = differ("ledger", mine, theirs) + differ("ledger, fates", case.ledger_counts, counts)
    said += differ("ledger", _astuples(held.values(), "pos1"), _astuples((ledger[k] for k in held if k in ledger), "pos1"))
    with pysam.VariantFile(str(results / f"filter/{name}.vcf.gz")) as vcf:
        fates = {(r.chrom, r.pos, r.ref, r.alts[0]): r.info["FATE"] for r in vcf}
    return said + differ("filter VCF", {key_of(row): row.fate for row in rows}, fates)


def _dashboard(results: Path, name: str, case: Case) -> list[str]:
    row = json.loads((results / "multiqc/tierline_samples_mqc.json").read_text())["data"][name]
    answered = sum(locus.state in (State.DETECTED, State.NOT_DETECTED) for locus in case.loci)
    tiers = Counter(item.finding.tier for item in case.findings)
    wanted: dict[str, Any] = {f"tier_{tier}": tiers[tier] for tier in Tier}
    wanted |= {"status": case.status, "tumor_type": case.tumor_type.code, "held_back": len(case.withheld)}
    wanted |= {"callable": round(100 * answered / len(case.loci), 6)}
    found = {key: round(row[key], 6) if isinstance(row[key], float) else row[key] for key in wanted}
    said = differ("dashboard", wanted, found)
    shown = json.loads((results / "multiqc/tierline_verdicts_mqc.json").read_text())["data"]
    for verdict in case.verdicts:
        text = shown[name if METRICS[verdict.metric].of == "case" else verdict.sample].get(verdict.metric, "")
        word = "" if verdict.verdict == "not_judged" else verdict.verdict.replace("_", " ")
        if not text.startswith(word):
            said.append(f"dashboard: {verdict.sample} {verdict.metric} is {text}, not {verdict.verdict}")
    return said + _verdicts(results, name, case)


def _verdicts(results: Path, name: str, case: Case) -> list[str]:
    """Every metric and every result, wherever it is told."""
    table = read_rows(results / f"multiqc/{case.sample.sample}.verdicts.tsv", Verdict)
    of_sample = [row for row in case.verdicts if METRICS[row.metric].of != "case"]
    of_table, of_case = ({(v.sample, v.metric): v.verdict for v in rows} for rows in (table, of_sample))
    said = differ("verdicts.tsv", of_case, of_table)
    wanted = {row.result: str(row.verdict) for row in case.results}
    cohort = read_rows(results / "multiqc/verdicts.tsv", ResultVerdict)
    found = {row.result: str(row.verdict) for row in cohort if f"{row.sample}.{row.panel}" == name}
    said += differ("verdicts.tsv of the run", wanted, found)
    first = json.loads((results / "multiqc/tierline_results_mqc.json").read_text())["data"][name]
    said += differ("dashboard", wanted, {result: first[result].replace(" ", "_") for result in wanted})
    cases = json.loads((results / "multiqc/verdicts.json").read_text())["cases"]
    [lims] = [row for row in cases if f"{row['sample']}.{row['panel']}" == name]
    said += differ("verdicts.json", wanted, {row["result"]: row["verdict"] for row in lims["results"]})
    metrics = {(row.sample, row.metric): row.verdict for row in case.verdicts}
    return said + differ("verdicts.json", metrics, {(r["sample"], r["metric"]): r["verdict"] for r in lims["metrics"]})


def _itself(case: Case) -> list[str]:
    """Within the case file: what is found at a locus is detected there, and the other way round."""
    said = []
    found = {i for item in case.findings for i in item.finding.locus_ids}
    for locus in case.loci:
        if (locus.locus_id in found) != bool(locus.findings):
            said.append(f"case file: {locus.locus_id} shows {locus.findings}, and the findings say otherwise")
        if locus.state is State.DETECTED and not locus.findings:
            said.append(f"case file: {locus.locus_id} is detected without a finding")
    text = " ".join(case.conclusion)
    said += [f"case file: {f.gene} {change(f)} is not in the conclusion" for f in (item.finding for item in case.findings)
             if f.tier in (Tier.I, Tier.II) and f"{f.gene} {change(f)}" not in text]  # fmt: skip
    return said
