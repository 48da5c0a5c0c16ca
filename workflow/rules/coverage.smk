


rule measure_contamination:
    """Cross-sample contamination of the tumour at common sites (only with reference.common_sites_vcf)."""
    input:
        bams=lambda wildcards: bams(wildcards.tumor),
        fasta=GENOME,
        indices=GENOME_INDICES,
        sites=with_index(REFERENCE["common_sites_vcf"]),
        targets=lambda wildcards: targets(wildcards.tumor),
    output:
        contamination="results/coverage/{tumor}.contamination.table",
        segments="results/coverage/{tumor}.segments.table",
        pileups="results/coverage/{tumor}.pileups.table",
    log:
        "logs/measure_contamination/{tumor}.log",
    benchmark:
        "benchmarks/measure_contamination/{tumor}.tsv"
    conda:
        "../../envs/gatk.yaml"
    resources:
        mem_mb=memory(3000),
    params:
        samples=lambda wildcards: pair(wildcards.tumor),
    shell:
        """
        exec > {log:q} 2>&1
        normal={resources.tmpdir:q}/{wildcards.tumor}.$$.normal.table
        matched=()
        for sample in {params.samples:q}; do
            table={output.pileups:q}
            if [ "$sample" != {wildcards.tumor:q} ]; then table=$normal; matched=(--matched-normal "$normal"); fi
            gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" GetPileupSummaries \
                --reference {input.fasta:q} \
                --input "results/align/$sample.bam" \
                --variant {input.sites[0]:q} \
                --intervals {input.targets:q} \
                --interval-padding 200 \
                --output "$table"
        done
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" CalculateContamination \
            --input {output.pileups:q} \
            "${{matched[@]}}" \
            --tumor-segmentation {output.segments:q} \
            --output {output.contamination:q}
        rm -f "$normal"
        """
