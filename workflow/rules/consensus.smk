"""consensus: caller VCFs -> one VCF: one way to write each allele, phased changes joined, every read recounted.

A tumour that is a VCF comes in here: its alleles written the same way, with the counts that its caller states.
"""


rule merge_calls:
    input:
        calls=[f"results/calls/{{tumor}}.{caller}.vcf.gz" for caller in CALLERS],
        more_calls=lambda wildcards: list(PROJECT.sample(wildcards.tumor).calls),
        bams=lambda wildcards: bams(wildcards.tumor),
        fasta=GENOME,
        fai=f"{GENOME}.fai",
    output:
        vcf="results/consensus/{tumor}.vcf.gz",
        tbi="results/consensus/{tumor}.vcf.gz.tbi",
        sources="results/consensus/{tumor}.sources.tsv",
    log:
        "logs/merge_calls/{tumor}.log",
    benchmark:
        "benchmarks/merge_calls/{tumor}.tsv"
    wildcard_constraints:
        tumor=one_of(READ_TUMORS),
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30, 20, of="bams"),
    params:
        callers=CALLERS,
        samples=lambda wildcards: pair(wildcards.tumor),
        usable=lambda wildcards: [asdict(usable(s)) for s in pair(wildcards.tumor)],
        code=code("consensus_merge"),
    script:
        "../scripts/consensus_merge.py"


rule take_calls:
    input:
        calls=lambda wildcards: [unit.vcf for unit in PROJECT.units_of(wildcards.tumor)],
        fasta=GENOME,
        fai=f"{GENOME}.fai",
    output:
        vcf="results/consensus/{tumor}.vcf.gz",
        tbi="results/consensus/{tumor}.vcf.gz.tbi",
        sources="results/consensus/{tumor}.sources.tsv",
    log:
        "logs/take_calls/{tumor}.log",
    benchmark:
        "benchmarks/take_calls/{tumor}.tsv"
    wildcard_constraints:
        tumor=one_of(VCF_TUMORS),
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 50, of="calls"),  # a call is some hundred bytes, compressed some ten
        runtime=minutes(30),
    params:
        samples=lambda wildcards: pair(wildcards.tumor),
        columns=lambda wildcards: [[unit.vcf_tumor, unit.vcf_normal] for unit in PROJECT.units_of(wildcards.tumor)],
        code=code("consensus_take"),
    script:
        "../scripts/consensus_take.py"
