"""filter: annotated VCF and panel -> the same records with named reasons, and the ledger: every candidate's fate."""


rule mark_candidates:
    input:
        vcf="results/annotate/{tumor}.vcf.gz",
        tbi="results/annotate/{tumor}.vcf.gz.tbi",
        loci=tumor_loci,
        transcripts=REFERENCE["transcripts"],
        models="results/reference/panels/{panel}.genes.tsv",
        cancer_genes=lambda wildcards: cancer_genes(wildcards.panel),
        fasta=GENOME,
        fai=f"{GENOME}.fai",
        haematopoiesis=str(RESOURCES / "knowledge" / "clonal_haematopoiesis.tsv"),
        consequences=str(RESOURCES / "knowledge" / "consequences.tsv"),
        panel=lambda wildcards: panel_files(wildcards.panel),
    output:
        vcf="results/filter/{tumor}.{panel}.vcf.gz",
        tbi="results/filter/{tumor}.{panel}.vcf.gz.tbi",
        ledger="results/filter/{tumor}.{panel}.ledger.tsv",
    log:
        "logs/mark_candidates/{tumor}.{panel}.log",
    benchmark:
        "benchmarks/mark_candidates/{tumor}.{panel}.tsv"
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(20),
    params:
        panel=lambda wildcards: from_here(PROJECT.panel_folder(wildcards.panel)),
        build=REFERENCE["build"],
        samples=lambda wildcards: pair(wildcards.tumor),
        germline_consent=lambda wildcards: PROJECT.sample(wildcards.tumor).germline_consent,
        amplicon=lambda wildcards: assay(wildcards.tumor).chemistry == "amplicon",
        code=code("filter_mark"),
    script:
        "../scripts/filter_mark.py"
