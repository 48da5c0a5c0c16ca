"""A case as VCF, from its case file alone: findings, those a reviewer holds back, candidates held back; each with its fate.

Apart from ``vcfio.py``, so that a change here calls no variant anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pysam

from tierline.case import Case
from tierline.reasons import ASIDE, FAILED_QC, TECHNICAL
from tierline.records import Candidate, Finding
from tierline.vcfout import writing

HELD_BACK = "held_by_reviewer"
INFO = (
    ("FATE", "1", "String", "What became of the candidate under the panel, see Fates"),
    ("TIER", "1", "String", "Tier of a finding; where a reviewer set it, the engine's is ENGINE_TIER"),
    ("LEVEL", "1", "String", "Level of its best evidence"),
    ("ENGINE_TIER", "1", "String", "The engine's tier where it is not the one reported"),
    ("AXIS", "1", "String", "What the best evidence speaks about"),
    ("RULE", "1", "String", "Id of the rule that decided the tier"),
    ("EVIDENCE", ".", "String", "Ids of the facts that carry the tier"),
    ("ONCOGENICITY", "1", "String", "Class by the ClinGen/CGC/VICC standard"),
    ("GENE", "1", "String", "HGNC symbol"),
    ("TRANSCRIPT", "1", "String", "The reported transcript"),
    ("HGVSC", "1", "String", "Coding change"),
    ("HGVSP", "1", "String", "Protein change"),
    ("CONSEQUENCE", "1", "String", "Sequence Ontology terms joined by &"),
    ("LOCI", ".", "String", "Hotspots of the panel that it touches"),
    ("CALLERS", ".", "String", "Callers that passed it"),
    ("LABELS", ".", "String", "Biological labels"),
)
FORMAT = (
    ("DP", "1", "Integer", "Usable fragments at the allele, recounted"),
    ("AO", "1", "Integer", "Of these, fragments with the alternate allele"),
    ("VAF", "1", "Float", "AO / DP"),
)


def write_case(path: str | Path, case: Case) -> int:
    """Write the alleles of a case as a VCF with index: findings, those held back by a reviewer, candidates held back.

    Returns the number of records. What has no place (statements of the laboratory) and candidates that the case file
    does not hold are counted in the header.
    """
    findings = [item.finding for item in case.findings if not item.finding.stated]
    withheld = [item.finding for item in case.withheld if not item.finding.stated]
    rows: list[tuple[Finding | Candidate, tuple[str, ...]]] = [(finding, ()) for finding in findings]
    rows += [(finding, (HELD_BACK,)) for finding in withheld]
    rows += [(row, tuple(map(_filter_name, row.technical))) for row in case.held_candidates]
    rows.sort(key=lambda item: (_natural(item[0].chrom), item[0].pos1, item[0].ref, item[0].alt))
    header = _header(case, rows)
    with writing(path, header) as out:
        for row, filters in rows:
            start0, alleles = row.pos1 - 1, (row.ref, row.alt)
            stop0 = start0 + len(row.ref)
            record = out.new_record(row.chrom, start0, stop0, alleles, filter=filters or "PASS")
            for key, value in _info(row, HELD_BACK in filters).items():
                if value not in ("", ()):
                    record.info[key] = value
            counts = [(row.depth, row.alt_depth, row.vaf), (row.normal_depth, row.normal_alt_depth, None)]
            for sample, (depth, alt_depth, vaf) in zip(record.samples.values(), counts, strict=False):
                vaf = alt_depth / depth if vaf is None and depth and alt_depth is not None else vaf
                sample["DP"], sample["AO"], sample["VAF"] = depth, alt_depth, vaf
            out.write(record)
    return len(rows)


def _header(case: Case, rows: Sequence[tuple[Finding | Candidate, tuple[str, ...]]]) -> pysam.VariantHeader:
    header = pysam.VariantHeader()
    stated = sum(bool(item.finding.stated) for item in (*case.findings, *case.withheld))
    lines = {
        "source": f"Tierline {case.tierline_version}" + (", SYNTHETIC data" if case.synthetic else ""),
        "tierline_case": f"{case.sample.sample}.{case.panel.id}",
        "tierline_status": case.status,
        "tierline_panel": f"{case.panel.id} {case.panel.version} {case.panel.digest}",
        "reference": case.reference.build,
        "tierline_stated_not_here": str(stated),
    }
    for fate, count in sorted(case.ledger_counts.items()):
        here = sum(_fate_in_ledger(row) == fate for row, _ in rows)
        lines[f"tierline_candidates_{fate}"] = f"{here} of {count} are here"
    for key, value in lines.items():
        header.add_meta(key, value)
    for chrom in dict.fromkeys(row.chrom for row, _ in rows):
        header.contigs.add(chrom)
    meanings = {**TECHNICAL, **ASIDE, HELD_BACK: "a finding that a reviewer holds back"}
    for name in dict.fromkeys((*meanings, *(name for _, filters in rows for name in filters))):
        header.filters.add(name, None, None, meanings.get(name, "see the ledger"))
    for row in INFO:
        header.info.add(*row)
    for row in FORMAT:
        header.formats.add(*row)
    for sample in filter(None, (case.sample.sample, case.normal)):
        header.add_sample(sample)
    return header


def _filter_name(code: str) -> str:
    """The code of a technical reason without what follows its colon, in characters that FILTER may have."""
    return re.sub(r"[^\w.-]", "_", code.partition(":")[0])


def _fate(row: Finding | Candidate) -> str:
    return row.fate if isinstance(row, Candidate) else "finding"


def _fate_in_ledger(row: Finding | Candidate) -> str:
    """There, what a failed sample may not report is a finding: that is what its reads show."""
    return "finding" if isinstance(row, Candidate) and FAILED_QC in row.technical else _fate(row)


def _info(row: Finding | Candidate, is_held: bool) -> dict[str, Any]:
    """INFO of a record, by key; texts in the percent code of VCF 4.3."""
    info: dict[str, Any] = {
        "FATE": _fate(row),
        "GENE": row.gene,
        "TRANSCRIPT": row.transcript,
        "HGVSC": row.hgvsc,
        "HGVSP": row.hgvsp,
        "CONSEQUENCE": row.consequence,
        "LOCI": row.locus_ids,
        "CALLERS": row.callers,
        "LABELS": row.labels,
    }
    if isinstance(row, Finding):
        tier, engine = str(row.tier), row.engine_tier
        info |= {"TIER": "" if is_held else tier, "ENGINE_TIER": engine or (tier if is_held else "")}
        info |= {"LEVEL": row.level, "AXIS": row.axis, "RULE": row.rule, "EVIDENCE": row.evidence}
        info |= {"ONCOGENICITY": row.oncogenicity}
    return {key: tuple(map(_coded, value)) if isinstance(value, tuple) else _coded(value) for key, value in info.items()}


def _coded(text: str) -> str:
    return re.sub(r"[%;=,\s]", lambda found: f"%{ord(found[0]):02X}", text)


def _natural(name: str) -> list[tuple[int, str]]:
    """chr2 before chr10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name) if part]
