"""interpret: findings x knowledge -> tiers with their working; the four answers; the case file that the report shows."""


rule interpret_case:
    input:
        ledger="results/filter/{tumor}.{panel}.ledger.tsv",
        vcf="results/filter/{tumor}.{panel}.vcf.gz",
        loci=tumor_loci,
        depth=lambda wildcards: depth_table(wildcards.tumor),
        metrics=lambda wildcards: (
            [f"results/multiqc/{wildcards.tumor}.verdicts.tsv"] if wildcards.tumor in READ_TUMORS else []
        ),
        sources=lambda wildcards: sources(wildcards.tumor),
        transcripts=REFERENCE["transcripts"],
        models="results/reference/panels/{panel}.genes.tsv",
        panel=lambda wildcards: panel_files(wildcards.panel),
        knowledge=knowledge_files(),
        measured_limits=str(MEASURED_LIMITS),
        sha256="results/reference/sha256.txt",
        versions="results/run/versions.tsv",
    output:
        findings="results/interpret/{tumor}.{panel}.findings.tsv",
        loci="results/interpret/{tumor}.{panel}.loci.tsv",
        genes="results/interpret/{tumor}.{panel}.genes.tsv",
        coding="results/interpret/{tumor}.{panel}.coding.tsv",
        holes="results/interpret/{tumor}.{panel}.holes.tsv",
        case="results/interpret/{tumor}.{panel}.json",
    log:
        "logs/interpret_case/{tumor}.{panel}.log",
    benchmark:
        "benchmarks/interpret_case/{tumor}.{panel}.tsv"
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(15),
    params:
        panel=lambda wildcards: from_here(PROJECT.panel_folder(wildcards.panel)),
        sample=lambda wildcards: sample_row(wildcards.tumor, wildcards.panel),
        statements=lambda wildcards: [asdict(row) for row in PROJECT.statements_of(wildcards.tumor)],
        normal=lambda wildcards: PROJECT.normal_of(wildcards.tumor) or "",
        assay=lambda wildcards: assay_info(wildcards.tumor),
        callers=PROJECT.config["callers"],
        limits=lambda wildcards: quality_limits(wildcards.tumor),
        overrides=lambda wildcards: [asdict(row) for row in PROJECT.overrides_of(wildcards.tumor)],
        knowledge=PROJECT.config["knowledge"],
        reference=lambda wildcards: reference_info(wildcards.tumor),
        synthetic=PROJECT.config["synthetic"],
        curation=lambda wildcards: curation_rows(wildcards.tumor, wildcards.panel),
        curation_file=PROJECT.config["curation"],
        code=code("interpret_case"),
    script:
        "../scripts/interpret_case.py"
