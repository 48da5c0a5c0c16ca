"""coverage: BAM and assay -> depth per region (mosdepth), usable depth per base, statistics, damage, contamination.

Of a tumour that is a VCF, the depth per base comes from the coverage file beside it, if one does.
"""


rule measure_coverage:
    input:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
        targets=lambda wildcards: targets(wildcards.sample),
    output:
        "results/coverage/{sample}.mosdepth.summary.txt",
        "results/coverage/{sample}.mosdepth.global.dist.txt",
        "results/coverage/{sample}.mosdepth.region.dist.txt",
        "results/coverage/{sample}.regions.bed.gz",
        "results/coverage/{sample}.thresholds.bed.gz",
    log:
        "logs/measure_coverage/{sample}.log",
    benchmark:
        "benchmarks/measure_coverage/{sample}.tsv"
    conda:
        "../../envs/mosdepth.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        prefix="results/coverage/{sample}",
        flags=lambda wildcards: usable(wildcards.sample).flag_filter,
    shell:
        """
        produce {log:q} {output:q}
        mosdepth --threads {threads} --no-per-base --flag {params.flags} \
            --by {input.targets:q} --thresholds 1,20,100,250,500 \
            $part/{params.prefix:q} {input.bam:q}
        for dist in $part/{params.prefix:q}.mosdepth.{{global,region}}.dist.txt; do  # of a BAM without reads it is empty
            [ -s "$dist" ] || printf 'total\\t0\\t1.00\\n' > "$dist"
        done
        """


rule measure_usable_depth:
    """Per target base: usable fragments by the definition of pileup.py, and all reads whatever their quality."""
    input:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
        targets=lambda wildcards: targets(wildcards.sample),
    output:
        tsv="results/coverage/{sample}.depth.tsv.gz",
        tbi="results/coverage/{sample}.depth.tsv.gz.tbi",
    log:
        "logs/measure_usable_depth/{sample}.log",
    benchmark:
        "benchmarks/measure_usable_depth/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(WITH_READS),
    conda:
        "../../envs/samtools.yaml"
    threads: 2
    resources:
        mem_mb=memory(1000),
        runtime=minutes(60),
    params:
        flags=lambda wildcards: usable(wildcards.sample).flag_filter,
        mapping_quality=lambda wildcards: usable(wildcards.sample).min_mapping_quality,
        base_quality=lambda wildcards: usable(wildcards.sample).min_base_quality,
    shell:
        """
        produce {log:q} {output:q}
        depth() {{ samtools mpileup -aa -B -A -d 0 -l {input.targets:q} "$@" {input.bam:q} | cut -f 1,2,4; }}
        paste \
            <(depth --ff {params.flags} -q {params.mapping_quality} -Q {params.base_quality}) \
            <(depth --ff {params.flags} -q 0 -Q 1 | cut -f 3) |
            bgzip -c > $part/{output.tsv:q}
        tabix -f -s 1 -b 2 -e 2 $part/{output.tsv:q}
        """


rule take_coverage:
    """The same table from the coverage file that came with a VCF: both its columns are the depth which that file has."""
    input:
        coverage=lambda wildcards: given_coverage(wildcards.sample).coverage,
        targets=lambda wildcards: targets(wildcards.sample),
    output:
        tsv="results/coverage/{sample}.depth.tsv.gz",
        tbi="results/coverage/{sample}.depth.tsv.gz.tbi",
        sources="results/coverage/{sample}.sources.tsv",
    log:
        "logs/take_coverage/{sample}.log",
    benchmark:
        "benchmarks/take_coverage/{sample}.tsv"
    wildcard_constraints:
        sample=one_of([tumor for tumor in VCF_TUMORS if given_coverage(tumor)]),
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(30),
    params:
        callable_depth=lambda wildcards: given_coverage(wildcards.sample).callable_depth,
        columns=lambda wildcards: [given_coverage(wildcards.sample).vcf_tumor, ""],
        code=code("coverage_take"),
    script:
        "../scripts/coverage_take.py"


rule count_alignments:
    input:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
        targets=lambda wildcards: targets(wildcards.sample),
    output:
        stats="results/coverage/{sample}.stats.txt",
        flagstat="results/coverage/{sample}.flagstat.txt",
        on_target="results/coverage/{sample}.on_target.txt",
    log:
        "logs/count_alignments/{sample}.log",
    benchmark:
        "benchmarks/count_alignments/{sample}.tsv"
    conda:
        "../../envs/samtools.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    shell:
        # on_target: primary mapped reads; of these, reads that touch a target, and a target or the 250 bases beside it;
        # of the first, first mates, and first mates on the reverse strand
        """
        produce {log:q} {output:q}
        samtools stats -@ {threads} {input.bam:q} > $part/{output.stats:q}
        samtools flagstat -@ {threads} {input.bam:q} > $part/{output.flagstat:q}
        samtools view -c -F 0x904 {input.bam:q} > $part/{output.on_target:q}
        awk -v OFS='\t' '{{ print $1, ($2 > 250 ? $2 - 250 : 0), $3 + 250 }}' {input.targets:q} > $part/near.bed
        on() {{ samtools view -c -F 0x904 -M -L "$@" {input.bam:q} >> $part/{output.on_target:q}; }}
        on {input.targets:q}
        on $part/near.bed
        on {input.targets:q} -f 0x40
        on {input.targets:q} -f 0x50
        """


rule measure_artefacts:
    """Damage that goes with the orientation of the read pairs, by context (captures only).

    Picard refuses a BAM taken as it is whose contigs are not exactly those of the genome: nothing is measured of it.
    """
    input:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
        fasta=GENOME,
        indices=GENOME_INDICES,
    output:
        "results/coverage/{sample}.artefacts.txt",
    log:
        "logs/measure_artefacts/{sample}.log",
    benchmark:
        "benchmarks/measure_artefacts/{sample}.tsv"
    conda:
        "../../envs/artefacts.yaml"
    resources:
        mem_mb=memory(3000),
        runtime=minutes(60, 20, of="bam"),
    params:
        mapping_quality=lambda wildcards: usable(wildcards.sample).min_mapping_quality,
        base_quality=lambda wildcards: usable(wildcards.sample).min_base_quality,
    shell:
        """
        produce {log:q} {output:q}
        contigs=$(samtools idxstats {input.bam:q} | cut -f 1,2 | sed '$d')  # the last line counts unmapped reads
        if [ "$contigs" = "$(cut -f 1,2 {input.fasta:q}.fai)" ]; then
            gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" CollectSequencingArtifactMetrics \
                --INPUT {input.bam:q} \
                --REFERENCE_SEQUENCE {input.fasta:q} \
                --MINIMUM_MAPPING_QUALITY {params.mapping_quality} \
                --MINIMUM_QUALITY_SCORE {params.base_quality} \
                --OUTPUT $part/artefacts
            mv $part/artefacts.pre_adapter_detail_metrics $part/{output:q}
        else
            echo '# the contigs of the BAM are not those of the genome' | tee $part/{output:q}
        fi
        """


rule fingerprint_sample:
    """Reads of either allele at the common SNPs of the assay (only with a backbone or reference.common_sites_vcf)."""
    input:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
        fasta=GENOME,
        indices=GENOME_INDICES,
        snps=lambda wildcards: f"results/reference/assays/{PROJECT.assay_of(wildcards.sample)}.snps.txt",
    output:
        vcf="results/coverage/{sample}.fingerprint.vcf.gz",
        tbi="results/coverage/{sample}.fingerprint.vcf.gz.tbi",
    log:
        "logs/fingerprint_sample/{sample}.log",
    benchmark:
        "benchmarks/fingerprint_sample/{sample}.tsv"
    conda:
        "../../envs/gatk.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30, 20, of="bam"),
    shell:
        """
        produce {log:q} {output:q}
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" ExtractFingerprint \
            --INPUT {input.bam:q} \
            --REFERENCE_SEQUENCE {input.fasta:q} \
            --HAPLOTYPE_MAP {input.snps:q} \
            --SAMPLE_ALIAS {wildcards.sample:q} \
            --LOCUS_MAX_READS 10000 \
            --OUTPUT $part/{output.vcf:q}
        """


rule compare_pair:
    """Are tumour and normal of one person?"""
    input:
        fingerprints=lambda wildcards: fingerprints(pair(wildcards.tumor)),
        snps=lambda wildcards: f"results/reference/assays/{PROJECT.assay_of(wildcards.tumor)}.snps.txt",
    output:
        "results/coverage/{tumor}.identity.txt",
    log:
        "logs/compare_pair/{tumor}.log",
    benchmark:
        "benchmarks/compare_pair/{tumor}.tsv"
    conda:
        "../../envs/gatk.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(15),
    params:
        crosscheck=CROSSCHECK,
    shell:
        """
        produce {log:q} {output:q}
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" CrosscheckFingerprints \
            --INPUT {input.fingerprints[0]:q} \
            --INPUT {input.fingerprints[1]:q} \
            --HAPLOTYPE_MAP {input.snps:q} \
            {params.crosscheck:q} \
            --OUTPUT $part/{output:q}
        tell_no_odds {log:q} $part/{output:q}
        """


rule measure_contamination:
    """Cross-sample contamination of the tumour at common sites (only with a backbone or reference.common_sites_vcf)."""
    input:
        bams=lambda wildcards: bams(wildcards.tumor),
        fasta=GENOME,
        indices=GENOME_INDICES,
        sites=lambda wildcards: common_sites(PROJECT.assay_of(wildcards.tumor)),
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
        runtime=minutes(60, 20, of="bams"),
    params:
        samples=lambda wildcards: pair(wildcards.tumor),
    shell:
        """
        produce {log:q} {output:q}
        matched=()
        for sample in {params.samples:q}; do
            table=$part/{output.pileups:q}
            if [ "$sample" != {wildcards.tumor:q} ]; then table=$part/normal.table; matched=(--matched-normal "$table"); fi
            gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" GetPileupSummaries \
                --reference {input.fasta:q} \
                --input "results/align/$sample.bam" \
                --variant {input.sites[0]:q} \
                --intervals {input.targets:q} \
                --interval-padding 200 \
                --maximum-population-allele-frequency 0.99 \
                --output "$table"
        done
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" CalculateContamination \
            --input $part/{output.pileups:q} \
            "${{matched[@]}}" \
            --tumor-segmentation $part/{output.segments:q} \
            --output $part/{output.contamination:q}
        """
