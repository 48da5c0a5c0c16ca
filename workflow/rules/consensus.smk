"""consensus: caller VCFs -> one VCF: one way to write each allele, phased changes joined, every read recounted."""


rule merge_calls:
    input:
        calls=[f"results/calls/{{tumor}}.{caller}.vcf.gz" for caller in CALLERS],
        bams=lambda wildcards: bams(wildcards.tumor),
        fasta=GENOME,
        fai=f"{GENOME}.fai",
    output:
        vcf="results/consensus/{tumor}.vcf.gz",
        tbi="results/consensus/{tumor}.vcf.gz.tbi",
    log:
        "logs/merge_calls/{tumor}.log",
    benchmark:
        "benchmarks/merge_calls/{tumor}.tsv"
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
    params:
        callers=CALLERS,
        samples=lambda wildcards: pair(wildcards.tumor),
        usable=lambda wildcards: [asdict(usable(s)) for s in pair(wildcards.tumor)],
        code=code("consensus_merge"),
    script:
        "../scripts/consensus_merge.py"
