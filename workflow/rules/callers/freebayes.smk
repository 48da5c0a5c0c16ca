"""FreeBayes, pooled-continuous: every allele that enough reads show; what they are worth is judged later."""


rule call_freebayes:
    input:
        bams=lambda wildcards: bams(wildcards.tumor),
        fasta=GENOME,
        fai=f"{GENOME}.fai",
        targets=lambda wildcards: targets(wildcards.tumor),
    output:
        vcf="results/calls/{tumor}.freebayes.vcf.gz",
        tbi="results/calls/{tumor}.freebayes.vcf.gz.tbi",
    log:
        "logs/call_freebayes/{tumor}.log",
    benchmark:
        "benchmarks/call_freebayes/{tumor}.tsv"
    conda:
        "../../../envs/freebayes.yaml"
    resources:
        mem_mb=memory(3000),
        runtime=minutes(60, 60, of="bams"),
    params:
        bams=lambda wildcards: [f"results/align/{s}.bam" for s in pair(wildcards.tumor)],
        duplicates=lambda wildcards: ["--use-duplicate-reads"] if usable(wildcards.tumor).duplicates else [],
        mapping_quality=lambda wildcards: usable(wildcards.tumor).min_mapping_quality,
        base_quality=lambda wildcards: usable(wildcards.tumor).min_base_quality,
    shell:
        # thresholds lie below any panel's: the recounted reads decide, not FreeBayes' QUAL
        """
        produce {log:q} {output:q}
        freebayes \
            --fasta-reference {input.fasta:q} \
            --targets {input.targets:q} \
            --pooled-continuous \
            --min-alternate-fraction 0.01 \
            --min-alternate-count 3 \
            --min-mapping-quality {params.mapping_quality} \
            --min-base-quality {params.base_quality} \
            {params.duplicates:q} \
            {params.bams:q} |
            bgzip -c > $part/{output.vcf:q}
        tabix -f -p vcf $part/{output.vcf:q}
        """
