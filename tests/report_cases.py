"""Three invented cases for the tests of the report, alike the demo's: melanoma, lung adenocarcinoma, colorectal.

Nothing here is knowledge: reads, evidence ids and sources are made up and say so; links lead to example.org.
"""

from __future__ import annotations

import dataclasses
import math
import random
from functools import cache

from tierline.case import (
    SCHEMA,
    AssayInfo,
    CallerCounts,
    Case,
    CaseFinding,
    KnowledgeRelease,
    PanelInfo,
    ReferenceInfo,
    TumorType,
    conclusion,
    standard_limits,
)
from tierline.curation import curate
from tierline.records import (
    Axis,
    Candidate,
    CodingCoverage,
    Curation,
    Evidence,
    EvidenceMatch,
    Finding,
    GeneCoverage,
    Hole,
    Kind,
    LocusAnswer,
    Sample,
    State,
    Tier,
    ToolVersion,
    VariantClass,
    Verdict,
)
from tierline.withholding import judge_results

HOTSPOTS = {
    "ABL1": "p.250 p.253 p.255 p.315 p.317 p.351 p.359 p.396",
    "AKT1": "p.17",
    "ALK": "p.1174 p.1196 p.1202 p.1275",
    "APC": "p.876 p.1114 p.1307 p.1309 p.1338 p.1367 p.1450 p.1465 p.1554",
    "ATM": "p.337 p.410 p.604 p.858 p.1309 p.2891 p.3008",
    "BRAF": "p.464 p.466 p.469 p.581 p.594 p.596 p.597 p.600 p.601",
    "CDH1": "p.243 p.254 p.370",
    "CDKN2A": "p.58 p.69 p.80 p.83 p.108 p.110",
    "CSF1R": "p.301 p.969",
    "CTNNB1": "p.32 p.33 p.34 p.35 p.37 p.41 p.45",
    "EGFR": "p.709 p.719 e19 p.768 e20 p.790 p.797 p.858 p.861",
    "ERBB2": "p.310 p.755 p.769 e20 p.777 p.842",
    "ERBB4": "p.542 p.927",
    "EZH2": "p.646 p.682 p.692",
    "FBXW7": "p.393 p.465 p.479 p.505 p.582",
    "FGFR1": "p.546 p.656",
    "FGFR2": "p.252 p.253 p.375 p.549 p.659",
    "FGFR3": "p.248 p.249 p.370 p.373 p.650",
    "FLT3": "p.592 p.676 p.835 p.836",
    "GNA11": "p.183 p.209",
    "GNAQ": "p.183 p.209",
    "GNAS": "p.201 p.227",
    "HNF1A": "p.206",
    "HRAS": "p.12 p.13 p.61",
    "IDH1": "p.132",
    "IDH2": "p.140 p.172",
    "JAK2": "p.617",
    "JAK3": "p.572 p.722",
    "KDR": "p.961 p.1356",
    "KIT": "e9 e11 p.642 p.670 p.816 p.820 p.822",
    "KRAS": "p.12 p.13 p.59 p.61 p.117 p.146",
    "MET": "s.e14 p.1010 p.1112 p.1230 p.1235 p.1250",
    "MLH1": "p.384",
    "MPL": "p.515",
    "NOTCH1": "p.1574 p.1600 p.2514",
    "NPM1": "p.288",
    "NRAS": "p.12 p.13 p.59 p.61 p.117 p.146",
    "PDGFRA": "p.561 p.824 p.842",
    "PIK3CA": "p.88 p.345 p.420 p.542 p.545 p.546 p.1043 p.1047",
    "PTEN": "p.130 p.173 p.233 p.267 p.323",
    "PTPN11": "p.61 p.69 p.72 p.76",
    "RB1": "p.358 p.455 p.579 p.661 p.748",
    "RET": "p.634 p.804 p.883 p.918",
    "SMAD4": "p.118 p.330 p.351 p.361 p.386",
    "SMARCB1": "p.40 p.53 p.201",
    "SMO": "p.199 p.412 p.535",
    "SRC": "p.530",
    "STK11": "p.37 p.170 p.194 p.281 p.354",
    "TP53": "p.132 p.151 p.157 p.158 p.163 p.173 p.175 p.176 p.179 p.193 p.194 p.195 p.213 p.220 p.234 p.236 p.237"
    " p.238 p.241 p.244 p.245 p.248 p.249 p.266 p.272 p.273 p.278 p.280 p.281 p.282 p.285 p.342",
    "VHL": "p.89 p.117 p.158 p.161",
}


@cache
def limit(depth: int, min_alt: int, min_vaf: float) -> float:
    """Smallest fraction seen with 95 % probability; design.md's formula, by bisection."""
    need = max(min_alt, math.ceil(min_vaf * depth))
    low, high = 0.0, 1.0
    for _ in range(16):
        f = (low + high) / 2
        missed = sum(math.comb(depth, i) * f**i * (1 - f) ** (depth - i) for i in range(min(need, depth + 1)))
        low, high = (low, f) if missed <= 0.05 else (f, high)
    return high


def evidence(
    number: int, gene: str, alteration: str, types: str, axis: Axis, therapy: str, level: str, **more: object
) -> Evidence:
    values: dict[str, object] = {
        "id": f"EX:{number:04d}",
        "gene": gene,
        "alteration": alteration,
        "tumor_types": tuple(types.split()),
        "except_types": (),
        "axis": axis,
        "effect": "",
        "therapy": therapy,
        "level": level,
        "jurisdictions": ("FDA", "EMA") if level == "A" and therapy else (),
        "approved_test": "yes" if level == "A" and axis is Axis.SENSITIVITY else "",
        "setting": "unresectable or metastatic" if level == "A" else "",
        "source": f"Invented source {number}",
        "source_url": f"https://example.org/evidence/{number}",
        "source_date": "2024-05",
        "looked_up": "invented for a test",
        "read_on": "2026-01-15",
        "knowledge": "example",
    }
    return Evidence(**(values | more))  # type: ignore[arg-type]


def match(
    item: Evidence,
    code: str,
    how: str = "exact",
    tumor: str = "same",
    used: str | None = None,
    rule: str = "LVL-OWN",
    note: str = "",
) -> EvidenceMatch:
    return EvidenceMatch(
        item, how, tumor, (code,) if tumor == "same" else (code, "TISSUE"), item.level if used is None else used, rule, note
    )


def finding(
    gene: str,
    hgvsp: str,
    hgvsc: str,
    depth: int,
    alt: int,
    tier: Tier,
    trace: tuple[EvidenceMatch, ...] = (),
    **more: object,
) -> CaseFinding:
    counted = [m for m in trace if m.level_used]
    best = min(counted, key=lambda m: m.level_used, default=None)
    values: dict[str, object] = {
        "chrom": "chr1",
        "pos1": 1000 + depth,
        "ref": "A",
        "alt": "T",
        "gene": gene,
        "transcript": f"EXT_{gene}.1",
        "hgvsc": hgvsc,
        "hgvsp": hgvsp,
        "consequence": "missense_variant",
        "exon": "15/18",
        "locus_ids": (),
        "vaf": alt / depth,
        "depth": depth,
        "alt_depth": alt,
        "alt_forward": alt // 2 + 2,
        "alt_reverse": alt - alt // 2 - 2,
        "callers": ("mutect2", "freebayes"),
        "normal_depth": None,
        "normal_alt_depth": None,
        "population_af": 0.0,
        "population_group": "",
        "clinvar": "",
        "clinvar_oncogenicity": "",
        "tier": tier,
        "level": best.level_used if best else "",
        "axis": str(best.evidence.axis) if best else "",
        "rule": f"TIER-{tier}",
        "match": best.match if best else "",
        "evidence": tuple(m.evidence.id for m in counted),
        "therapies": tuple(m.evidence.therapy for m in counted),
        "labels": (),
        "reason": f"Tier {tier} by level {best.level_used} evidence for its own tumour type."
        if best
        else "Variant in a cancer gene without evidence in this tumour type.",
    }
    f = Finding(**(values | more))  # type: ignore[arg-type]
    counts = tuple(
        CallerCounts(name, depth - 3 + 2 * i, alt - 1 + i, () if name in f.callers else ("weak_evidence",))
        for i, name in enumerate(("mutect2", "freebayes"))
    )
    return CaseFinding(f, trace, counts, "tumour suppressor" if gene in ("TP53", "APC", "SMAD4") else "oncogene")


def build(
    name: str,
    tumor: TumorType,
    mode: str,
    purity: float | None,
    findings: tuple[CaseFinding, ...],
    special: dict[str, tuple[State, str, int | None, str]],
    held: tuple[Candidate, ...] = (),
    seed: int = 1,
    hotspots: dict[str, str] = HOTSPOTS,
    **sample: object,
) -> Case:
    """A whole case around findings; ``special`` maps a locus id, or ``GENE:*``, to (state, reason, depth, note)."""
    dice = random.Random(seed)
    found = {locus: item.finding for item in findings for locus in item.finding.locus_ids}
    loci = []
    for gene, places in hotspots.items():
        mean = dice.gauss(520, 110)
        for place in places.split():
            locus_id = f"{gene}:{place}"
            depth: int | None = max(130, round(dice.gauss(mean, 40)))
            state, reason, note, words = State.NOT_DETECTED, "", "", ()
            if locus_id in found:
                f = found[locus_id]
                state, depth, words = State.DETECTED, f.depth, (f"{f.hgvsp or f.hgvsc} ({100 * (f.vaf or 0):.1f} %)",)
            elif locus_id in special or f"{gene}:*" in special:
                state, reason, depth, note = special.get(locus_id) or special[f"{gene}:*"]
            seen = state in (State.DETECTED, State.NOT_DETECTED) and depth
            loci.append(
                LocusAnswer(
                    locus_id,
                    gene,
                    {"p": "codon", "e": "exon", "c": "position", "s": "splice"}[place[0]],
                    state,
                    reason,
                    depth,
                    limit(depth, 8, 0.03) if seen else None,
                    limit(depth, 9, 0.035) if seen else None,
                    limit(depth, 10, 0.04) if seen else None,
                    words,
                    note,
                )
            )
    genes = []
    for gene in hotspots:
        own = [locus for locus in loci if locus.gene == gene]
        tally = [sum(locus.state is state for locus in own) for state in State]
        depths = [locus.depth for locus in own if locus.depth is not None]
        genes.append(GeneCoverage(gene, len(own), *tally, sum(depths) / len(depths) if depths else None))
    genes.append(GeneCoverage("SILENT1", 0, 0, 0, 0, 0, None))
    verdicts = (
        Verdict(name, "mean_depth", 512.4, "fragments", 250, 100, "pass", ""),
        Verdict(name, "on_target_fraction", 0.41, "fraction", 0.5, 0.3, "warn", "", 800_000, "reads"),
        Verdict(name, "contamination", 0.003, "fraction", 0.02, 0.05, "pass", "", 412, "sites"),
        Verdict(name, "duplicate_fraction", None, "fraction", 0.5, 0.8, "not_assessable", "", 0, "reads", "no reads"),
    )
    row = Sample(
        name,
        f"PAT-{name}",
        Kind.TUMOR,
        tumor.code,
        "example_capture",
        ("hotspot50_tert",),
        purity,
        "female",
        "FFPE",
        False,
        **(
            {
                "accession": f"ACC-{name}",
                "specimen_site": "Skin, left forearm",
                "collected": "2026-01-05",
                "received": "2026-01-08",
                "ordered_by": "Example Clinic",
            }
            | sample
        ),
    )
    return Case(
        schema=SCHEMA,
        tierline_version="0.1.0",
        synthetic=True,
        status="DRAFT",
        sample=row,
        normal=f"{name}-N" if mode == "tumor-normal" else "",
        mode=mode,
        tumor_type=tumor,
        assay=AssayInfo("example_capture", "1.0", "Example hybrid capture of hotspot regions", "capture", 500.0),
        panel=PanelInfo(
            "hotspot50_tert",
            "1.0",
            "Hotspots of 50 genes with the TERT promoter",
            "Small variants at recurrent positions of solid tumours, for research use.",
            "5d" * 32,
            (*hotspots, "SILENT1"),  # a gene without a reportable locus
            {"min_vaf": 0.03, "min_alt_reads": 8.0, "claimed_lod_snv": 0.05, "claimed_lod_indel": 0.07},
            ("indel", "mnv", "snv"),
        ),
        reference=ReferenceInfo(
            "synthetic-1",
            "genome.fa",
            "annotation.gtf",
            "transcripts.tsv",
            {"genome.fa": "ab" * 32, "annotation.gtf": "cd" * 32},
        ),
        knowledge=(
            KnowledgeRelease("example", "2026-01", "2026-01-15", "invented", 42),
            KnowledgeRelease("oncotree", "example", "2025-10-03", "CC BY 4.0", 868),
        ),
        conclusion=conclusion(
            findings, loci, genes=(*hotspots, "SILENT1"), tumor_name=tumor.name, mode=mode, purity=purity, verdicts=verdicts
        ),
        findings=findings,
        loci=tuple(loci),
        genes=tuple(genes),
        verdicts=verdicts,
        results=judge_results(verdicts, name, "hotspot50_tert"),
        ledger_counts={"finding": len(findings), "technical": 7 + len(held), "outside_panel": 31, "not_reportable": 12},
        held_candidates=held,
        tools=(
            ToolVersion("bwa", "0.7.17", "0.7.17", "bin/bwa", "align"),
            ToolVersion("gatk", "4.6.2.0", "4.6.2.0", "cache/gatk", "calls"),
            ToolVersion("mosdepth", "0.3.3", "0.3.3", "bin/mosdepth", "coverage"),
        ),
        limits=standard_limits(mode, row.material, purity, "capture"),
        coding=(
            CodingCoverage(
                "BRAF",
                "ENST00000646891.2",
                300,
                150,
                140,
                120,
                0.05,
                181,
                400.0,
                ((1, 50), (51, 100)),
                (500, 400, 30, None, None, None),
            ),
            CodingCoverage("SILENT1", "ENST00000000001.1", 90, 0, 0, 0, 0.05, 181, None, ((1, 30),), (None,)),
        ),
        holes=(
            Hole("BRAF", 1, 41, 50, False, "chr7", 1120, 1149, "depth", 30),
            Hole("BRAF", 2, 51, 100, True, "chr7", 2000, 2149, "outside_assay", None),
            Hole("SILENT1", 1, 1, 30, True, "chr1", 1, 90, "outside_assay", None),
        ),
    )


def melanoma() -> Case:
    """Melanoma with its normal: BRAF V600E (Tier I), TERT promoter (Tier II)."""
    mel = TumorType("MEL", "Melanoma", ("MEL", "SKIN", "TISSUE"))
    s, r, p = Axis.SENSITIVITY, Axis.RESISTANCE, Axis.PROGNOSTIC
    braf = (
        *(
            match(evidence(n, "BRAF", "p.Val600Glu", "MEL", s, drug, "A"), "MEL")
            for n, drug in enumerate(
                ("dabrafenib + trametinib", "encorafenib + binimetinib", "vemurafenib + cobimetinib"), 1
            )
        ),
        match(evidence(4, "BRAF", "p.Val600Glu", "MEL", s, "vemurafenib", "A", approved_test="unknown"), "MEL"),
        match(
            evidence(5, "BRAF", "codon 600", "COADREAD", r, "cetuximab", "B"),
            "MEL",
            "codon",
            "other_type",
            "",
            "XFER-RES",
            "the drug has no sensitivity evidence in this tumour type",
        ),
        match(
            evidence(6, "BRAF", "p.Val600Lys", "MEL", s, "trametinib", "A"),
            "MEL",
            "context",
            "same",
            "",
            "CTX",
            "another change of the same codon",
        ),
    )
    tert = (match(evidence(7, "TERT", "c.-124C>T", "MEL", p, "", "C", effect="worse"), "MEL", "part"),)
    findings = (
        finding(
            "BRAF",
            "p.Val600Glu",
            "c.1799T>A",
            612,
            261,
            Tier.I,
            braf,
            locus_ids=("BRAF:p.600",),
            normal_depth=288,
            normal_alt_depth=0,
        ),
        finding(
            "TERT",
            "",
            "c.-124C>T",
            184,
            71,
            Tier.II,
            tert,
            locus_ids=("TERT:c.-124",),
            exon="",
            consequence="upstream_gene_variant",
            normal_depth=96,
            normal_alt_depth=0,
        ),
        finding("CDKN2A", "p.Ala36Val", "c.107C>T", 402, 62, Tier.III, (), normal_depth=240, normal_alt_depth=1),
    )
    special = {
        "KIT:p.816": (State.NOT_ASSESSABLE, "depth", 21, "fewer than 50 usable reads"),
        "SMARCB1:p.201": (State.NOT_COVERED, "outside_assay", None, ""),
    }
    return build(
        "MEL-01", mel, "tumor-normal", 0.8, findings, special, hotspots=HOTSPOTS | {"TERT": "c.-124 c.-146"}, seed=3
    )


def held_candidate(gene: str = "EGFR", hgvsp: str = "p.Cys797Ser", locus: str = "EGFR:p.797") -> Candidate:
    return Candidate(
        "chr7",
        5797,
        "T",
        "A",
        VariantClass.SNV,
        gene,
        f"EXT_{gene}.1",
        "c.2389T>A",
        hgvsp,
        "missense_variant",
        "20/28",
        (locus,),
        ("freebayes",),
        318,
        11,
        11 / 318,
        11,
        0,
        320,
        12,
        None,
        None,
        None,
        "",
        None,
        "",
        "",
        ("strand", "one_caller"),
        (),
        "technical",
        "all supporting reads lie on one strand",
    )


def lung() -> Case:
    """Lung adenocarcinoma, tumour only: exon 19 deletion and T790M, a common SNP, holes in the coverage."""
    luad = TumorType("LUAD", "Lung Adenocarcinoma", ("LUAD", "NSCLC", "LUNG", "TISSUE"))
    s, r = Axis.SENSITIVITY, Axis.RESISTANCE
    sens = ("afatinib", "dacomitinib", "erlotinib", "gefitinib", "osimertinib")
    dele = tuple(
        match(evidence(20 + n, "EGFR", "exon 19 in-frame deletion", "NSCLC", s, drug, "A"), "LUAD", "class", "descendant")
        for n, drug in enumerate(sens)
    )
    t790m = (
        match(evidence(30, "EGFR", "p.Thr790Met", "NSCLC", s, "osimertinib", "A"), "LUAD", "exact", "descendant"),
        *(
            match(evidence(31 + n, "EGFR", "p.Thr790Met", "NSCLC", r, drug, level), "LUAD", "exact", "descendant")
            for n, (drug, level) in enumerate((("erlotinib", "A"), ("gefitinib", "A"), ("afatinib", "B")))
        ),
    )
    findings = (
        finding(
            "EGFR",
            "p.Glu746_Ala750del",
            "c.2235_2249del",
            455,
            148,
            Tier.I,
            dele,
            locus_ids=("EGFR:e19",),
            consequence="inframe_deletion",
            exon="19/28",
        ),
        finding("EGFR", "p.Thr790Met", "c.2369C>T", 398, 54, Tier.I, t790m, locus_ids=("EGFR:p.790",), exon="20/28"),
        finding(
            "TP53",
            "p.Pro72Arg",
            "c.215C>G",
            350,
            173,
            Tier.IV,
            (),
            population_af=0.71,
            population_group="nfe",
            clinvar="Benign|2",
            labels=("likely_germline", "common_in_population"),
            reason="Common in the population (71 % in nfe).",
        ),
        finding(
            "STK11",
            "p.Phe354Leu",
            "c.1062C>G",
            371,
            182,
            Tier.III,
            (),
            labels=("likely_germline",),
            callers=("mutect2",),
            locus_ids=("STK11:p.354",),
            population_af=0.004,
            population_group="eas",
        ),
    )
    special = {
        "EGFR:p.797": (State.NOT_ASSESSABLE, "candidate_filtered", 318, "p.Cys797Ser, 11 reads: strand"),
        "KRAS:p.146": (State.NOT_ASSESSABLE, "depth", 0, "no usable reads"),
        "MET:*": (State.NOT_ASSESSABLE, "depth", 14, ""),
        "SMO:*": (State.NOT_COVERED, "gene_not_in_annotation", None, ""),
        "NPM1:*": (State.NOT_COVERED, "outside_assay", None, ""),
    }
    return build(
        "LUAD-02",
        luad,
        "tumor-only",
        None,
        findings,
        special,
        (held_candidate(),),
        seed=5,
        specimen_site="Lung, right upper lobe",
    )


def colorectal() -> Case:
    """Colorectal: KRAS G12D, PIK3CA E545K, two variants of unknown significance (one subclonal), an artefact."""
    crc = TumorType("COAD", "Colon Adenocarcinoma", ("COAD", "COADREAD", "BOWEL", "TISSUE"))
    s, r = Axis.SENSITIVITY, Axis.RESISTANCE
    kras = (
        match(
            evidence(40, "KRAS", "RAS mutation in exons 2-4", "COADREAD", r, "cetuximab", "A", approved_test="yes"),
            "COAD",
            "range",
            "descendant",
        ),
        match(
            evidence(41, "KRAS", "RAS mutation in exons 2-4", "COADREAD", r, "panitumumab", "A", approved_test="yes"),
            "COAD",
            "range",
            "descendant",
        ),
        match(
            evidence(42, "KRAS", "p.Gly12Asp", "PAAD", s, "example inhibitor", "C"),
            "COAD",
            "exact",
            "other_type",
            "",
            "XFER-NONE",
        ),
    )
    pik = (
        match(
            evidence(43, "PIK3CA", "p.Glu545Lys", "BRCA", s, "alpelisib + fulvestrant", "A"),
            "COAD",
            "exact",
            "other_type",
            "C",
            "XFER-SENS",
        ),
    )
    findings = (
        finding("KRAS", "p.Gly12Asp", "c.35G>A", 540, 189, Tier.I, kras, locus_ids=("KRAS:p.12",), exon="2/6"),
        finding("PIK3CA", "p.Glu545Lys", "c.1633G>A", 488, 102, Tier.II, pik, locus_ids=("PIK3CA:p.545",), exon="10/21"),
        finding("SMAD4", "p.Ala118Val", "c.353C>T", 470, 120, Tier.III, (), locus_ids=("SMAD4:p.118",), exon="3/12"),
        finding(
            "TP53",
            "p.Arg175His",
            "c.524G>A",
            610,
            27,
            Tier.III,
            (),
            locus_ids=("TP53:p.175",),
            exon="5/11",
            callers=("mutect2",),
        ),
    )
    special = {"APC:p.1450": (State.NOT_ASSESSABLE, "candidate_filtered", 512, "artefact held back")}
    artefact = dataclasses.replace(held_candidate("APC", "p.Arg1450Ter", "APC:p.1450"), technical=("orientation",))
    return build("CRC-03", crc, "tumor-only", 0.45, findings, special, (artefact,), seed=9, specimen_site="Sigmoid colon")


COLORECTAL = "CRC-03.hotspot50_tert"


def review(variant: str, field: str, engine: str, own: str, reason: str = "", day: str = "2026-01-20") -> Curation:
    """A row of the table of reviews on the colorectal case."""
    return Curation(COLORECTAL, variant, field, engine, own, reason, "Dr Example", day)


REVIEWS = (
    review("PIK3CA p.Glu545Lys", "tier", "II", "I", "Criterion of the local guideline"),
    review("KRAS p.Gly12Asp", "comment", "I", "Seen in the primary too"),
    review("TP53 p.Arg175His", "hold", "III", "held", "One caller, 27 fragments: to be confirmed"),
    review("", "comment", "", "Discussed in the tumour board"),
)


def signed() -> Case:
    """The colorectal case as a reviewer left it: a tier changed, a finding held back, comments, and signed."""
    content = curate(colorectal(), REVIEWS, "curation.tsv").content
    return curate(colorectal(), [*REVIEWS, review("", "status", content, "FINAL", day="2026-01-21")], "curation.tsv")


def trial() -> Case:
    """The melanoma case where the TERT promoter's evidence of level C names a trial, and that of BRAF's level A as well."""
    case = melanoma()
    braf, tert, other = case.findings
    named = [
        dataclasses.replace(
            item,
            trace=tuple(
                dataclasses.replace(m, evidence=dataclasses.replace(m.evidence, source="PMID 1; NCT00000001"))
                for m in item.trace
            ),
        )
        for item in (braf, tert)
    ]
    return dataclasses.replace(case, findings=(*named, other))


def hostile() -> Case:
    """The lung case with text that must come out as text, in every free field and in a link."""
    bad = "<script>alert('x')</script>{{ 7*7 }}{% raw %}\"'</style></title><img src=x onerror=alert(1)>"
    case = lung()
    first = case.findings[0]
    item = dataclasses.replace(
        first.trace[0].evidence, therapy=bad, source=bad, source_url="javascript:alert(1)", setting=bad
    )
    trace = (dataclasses.replace(first.trace[0], evidence=item, note=bad),)
    worst = CaseFinding(
        dataclasses.replace(first.finding, gene=bad, hgvsp=bad, reason=bad, labels=(bad,), consequence=bad),
        trace,
        first.caller_counts,
        bad,
    )
    said = Curation(bad, bad, "comment", bad, bad, bad, bad, bad)
    worst = dataclasses.replace(worst, reviews=(said,))
    return dataclasses.replace(
        case,
        withheld=(dataclasses.replace(worst, reviews=(dataclasses.replace(said, field="hold"),)),),
        comments=(said,),
        signatures=(dataclasses.replace(said, field="status"),),
        content=bad,
        sample=dataclasses.replace(case.sample, sample=bad, patient=bad, specimen_site=bad, ordered_by=bad, accession=bad),
        panel=dataclasses.replace(case.panel, id=bad, title=bad, thresholds={bad: bad}),
        tumor_type=TumorType("LUAD", bad, (bad,)),
        conclusion=(bad,),
        limits=(bad,),
        findings=(worst, *case.findings[1:]),
        loci=(dataclasses.replace(case.loci[0], locus_id=bad, gene=bad, note=bad), *case.loci[1:]),
        ledger_counts={bad: 1},
        held_candidates=(dataclasses.replace(case.held_candidates[0], why=bad, technical=(bad,)),),
        tools=(ToolVersion(bad, bad, bad, bad, bad),),
        verdicts=(dataclasses.replace(case.verdicts[0], metric=bad, withholds=bad, note=bad, override=bad),),
        results=tuple(dataclasses.replace(result, reasons=(bad,)) for result in case.results),
    )


CASES = {"melanoma": melanoma, "lung": lung, "colorectal": colorectal, "signed": signed, "trial": trial}
