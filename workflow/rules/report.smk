"""report: the case file -> one self-contained page; its findings as MAF and VCF for other programs."""


rule render_report:
    input:
        "results/interpret/{tumor}.{panel}.json",
    output:
        html="results/report/{tumor}.{panel}.html",
        maf="results/report/{tumor}.{panel}.maf",
        vcf="results/report/{tumor}.{panel}.vcf.gz",
        tbi="results/report/{tumor}.{panel}.vcf.gz.tbi",
    log:
        "logs/render_report/{tumor}.{panel}.log",
    benchmark:
        "benchmarks/render_report/{tumor}.{panel}.tsv"
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        tiers=PROJECT.config["report"]["tiers"],
        chromosomes=PROJECT.config["report"]["chromosomes"],
        archive="results/report/archive",  # no input: an earlier report alone is no reason for another
        code=code("report_render"),
    script:
        "../scripts/report_render.py"
