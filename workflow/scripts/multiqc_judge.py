"""Quality metrics of a tumour and its normal, each against the limits of its assay."""

import gzip
from pathlib import Path

import pysam
from tierline.contamination import contamination_fraction
from tierline.controls import beside
from tierline.dropout import drop_out
from tierline.identity import identity, of_other_patients, read_lods, shared
from tierline.metrics import OF_CONTROLS
from tierline.quality import Files, judge_sample, let_pass, measure_sample, verify_reads
from tierline.records import ControlVerdict, Kind, Override, SampleMatches, Verdict
from tierline.sex import fits, read_depths
from tierline.snps import read_allele_counts, read_frequencies
from tierline.steps import producing
from tierline.tables import read_rows, write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given, params = snakemake.input, snakemake.params
    for sample, trimmed, flagstat in zip(params.samples, params.trimmed, given.flagstat, strict=True):
        if trimmed:
            verify_reads(sample, trimmed, flagstat)
    verdicts = []
    genome = pysam.FastaFile(given.fasta)
    none = [{} for _ in params.samples]
    counts = [read_allele_counts(path) for path in given.fingerprints] or none
    frequencies = [read_frequencies(path) for path in given.snps] or none
    shown = {rows[0].sample: rows for path in given.controls if (rows := list(read_rows(path, ControlVerdict)))}
    matches = [
        row for path in given.matches for row in read_rows(path, SampleMatches) if row.sample == snakemake.wildcards.tumor
    ]
    tables = (given.coverage, given.on_target, given.flagstat, given.stats, given.depth, params.artefacts, params.fastp)
    for at, (sample, *files, limits) in enumerate(zip(params.samples, *tables, params.limits, strict=True)):
        is_tumor = sample == snakemake.wildcards.tumor
        measured = measure_sample(Files(*files))
        if is_tumor and given.contamination:
            measured["contamination"] = contamination_fraction(given.contamination[0], given.pileups[0])
        with gzip.open(given.regions[at], "rt", encoding="utf-8") as lines:
            depths = read_depths(lines)
        measured |= drop_out(depths, genome.fetch)
        measured["sex"] = fits(
            params.sexes[at],
            is_tumor=is_tumor,
            counts=counts[at],
            frequencies=frequencies[at],
            depths=depths,
            build=params.build,
        )
        if is_tumor and given.identity:
            lods = read_lods(Path(given.identity[0]).read_text(encoding="utf-8")).get(tuple(params.samples))
            measured["identity"] = identity(lods and lods.between(Kind.TUMOR, Kind.NORMAL), len(shared(*counts)))
        if is_tumor:
            measured |= beside(params.controls, shown, OF_CONTROLS if params.has_controls else limits)
        if is_tumor and given.matches:
            measured["other_patients"] = of_other_patients(matches)
        kinds = [kind for kind in ("sample", "tumor", "pair") if kind != "pair" or len(params.samples) == 2]
        verdicts += judge_sample(sample, measured, limits, is_tumor=is_tumor, of=kinds)
    overrides = [Override(**row) for row in params.overrides]
    write_rows(part(snakemake.output[0]), Verdict, let_pass(verdicts, overrides))
