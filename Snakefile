# Tierline: from tumour reads to a tiered molecular report. The rule files stand in the order in which the data flows.
from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


container: CONTAINER


include: "workflow/rules/download.smk"
include: "workflow/rules/reference.smk"
include: "workflow/rules/reads.smk"
include: "workflow/rules/align.smk"
include: "workflow/rules/umi.smk"
include: "workflow/rules/coverage.smk"
include: "workflow/rules/calls.smk"
include: "workflow/rules/consensus.smk"
include: "workflow/rules/annotate.smk"
include: "workflow/rules/filter.smk"
include: "workflow/rules/interpret.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/multiqc.smk"


onstart:
    note_owner(PROJECT)
    write_rows("results/run/expected.tsv", Expected, EXPECTED)


rule all:
    default_target: True
    input:
        [row.path for row in EXPECTED],
