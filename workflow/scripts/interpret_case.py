"""One case: tiers with their working, the four answers, and the case file that every output is made from."""

from pathlib import Path

from tierline.annotation import from_model_rows, load_transcripts
from tierline.case import AssayInfo, ReferenceInfo, entered_as_vcf, to_json
from tierline.casequality import measure_case
from tierline.codingcoverage import coding_exons
from tierline.curation import curate
from tierline.depth import exon_depths, locus_depths
from tierline.interpret import interpret
from tierline.knowledge import (
    load_gene_aliases,
    load_gene_roles,
    load_hotspots,
    load_knowledge,
    load_oncogenicity_tables,
)
from tierline.metrics import KINDS
from tierline.oncotree import OncoTree
from tierline.panels import load_panel
from tierline.quality import depth_histogram, judge_sample, let_pass, not_seen
from tierline.records import (
    Candidate,
    CodingCoverage,
    Curation,
    Finding,
    GeneCoverage,
    GeneModel,
    Hole,
    Locus,
    LocusAnswer,
    Override,
    Sample,
    Source,
    Statement,
    ToolVersion,
    Verdict,
)
from tierline.sensitivity import Sensitivity, load_measured
from tierline.steps import producing
from tierline.tables import read_rows, write_rows
from tierline.vcfio import read_caller_counts

with producing(snakemake.log[0], snakemake.output) as part:
    given, params = snakemake.input, snakemake.params
    sample = Sample(**params.sample)
    digests = [line.split(maxsplit=1) for line in Path(given.sha256).read_text().splitlines()]
    chosen, models = from_model_rows(read_rows(given.models, GeneModel))
    choices = load_transcripts(given.transcripts) | chosen
    loci = list(read_rows(given.loci, Locus))
    panel = load_panel(params.panel, choices)
    sensitivity = Sensitivity(panel.thresholds, load_measured(given.measured_limits))
    listed = [list(coding_exons(model)) for gene, model in models.items() if gene in panel.gene_names]
    candidates = list(read_rows(given.ledger, Candidate))
    sources = [row for path in given.sources for row in read_rows(path, Source)]
    depth = given.depth[0] if given.depth else ""  # of an unknown coverage nothing is said
    depths = locus_depths(depth, loci) if depth else None
    bases = depth_histogram(depth) if depth else None
    callers = None if entered_as_vcf(sources) else params.callers
    measured = measure_case(loci, depths, bases, candidates, callers, sensitivity, sample.purity)
    kinds = ["case"]
    if callers is None:
        kinds = [kind for kind in KINDS if kind != "pair" or params.normal]
        measured = not_seen(params.limits) | measured
    judged = judge_sample(sample.sample, measured, params.limits, of=kinds)
    overrides = [Override(**row) for row in params.overrides]
    case = interpret(
        sample=sample,
        normal=params.normal,
        panel=panel,
        assay=AssayInfo(**params.assay),
        reference=ReferenceInfo(**params.reference, sha256s={Path(name).name: digest for digest, name in digests}),
        choices=choices,
        candidates=candidates,
        caller_counts=read_caller_counts(given.vcf),
        loci=loci,
        depths=depths,
        sensitivity=sensitivity,
        verdicts=[row for path in given.metrics for row in read_rows(path, Verdict)] + list(let_pass(judged, overrides)),
        knowledge=load_knowledge(params.knowledge),
        roles=load_gene_roles(),
        hotspots=load_hotspots(),
        oncogenicity=load_oncogenicity_tables(),
        aliases=load_gene_aliases(),
        tree=OncoTree.load(),
        tools=list(read_rows(given.versions, ToolVersion)),
        synthetic=params.synthetic,
        statements=[Statement(**row) for row in params.statements],
        coding=((own, list(exon_depths(depth, own))) for own in listed if depth),
        sources=sources,
    )
    case = curate(case, [Curation(**row) for row in params.curation], params.curation_file)
    write_rows(part(snakemake.output.findings), Finding, [item.finding for item in case.findings])
    write_rows(part(snakemake.output.loci), LocusAnswer, case.loci)
    write_rows(part(snakemake.output.genes), GeneCoverage, case.genes)
    write_rows(part(snakemake.output.coding), CodingCoverage, case.coding)
    write_rows(part(snakemake.output.holes), Hole, case.holes)
    part(snakemake.output.case).write_text(to_json(case), encoding="utf-8")
    print(f"{len(case.findings)} findings, {len(case.loci)} loci")
