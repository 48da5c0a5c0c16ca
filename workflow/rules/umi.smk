"""align, assays with UMIs: reads of every unit -> families of one molecule -> one consensus read each -> one sorted BAM.

Nothing is trimmed before: a read structure tells the UMI in untrimmed reads, and families are known by where their
untrimmed reads start. What reads on into the other end's adapter is cut when the consensus is called.
"""


rule measure_reads:
    """fastp's figures for the dashboard; it changes and writes no read."""
    input:
        unpack(raw_reads),
    output:
        "results/reads/{sample}.{unit}.fastp.json",
    log:
        "logs/measure_reads/{sample}.{unit}.log",
    benchmark:
        "benchmarks/measure_reads/{sample}.{unit}.tsv"
    wildcard_constraints:
        sample=one_of(COLLAPSED),
    conda:
        "../../envs/fastp.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30, 30),
    shell:
        """
        produce {log:q} {output:q}
        fastp \
            --thread {threads} \
            --in1 {input.fq1:q} \
            --in2 {input.fq2:q} \
            --disable_adapter_trimming \
            --disable_trim_poly_g \
            --disable_quality_filtering \
            --disable_length_filtering \
            --json $part/{output:q} \
            --html /dev/null \
            --report_title {wildcards.sample}.{wildcards.unit}
        expect_pairs "$(count_pairs {input.fq1:q} {input.fq2:q})" $part/{output:q}
        """


rule align_umi_reads:
    """UMIs out of the reads into the tag RX, the rest aligned; ordered by the two ends of the fragment."""
    input:
        unpack(raw_reads),
        fasta=GENOME,
        index=BWA_INDEX,
        indices=GENOME_INDICES,
    output:
        temp("results/align/umi/{sample}.{unit}.bam"),
    log:
        "logs/align_umi_reads/{sample}.{unit}.log",
    benchmark:
        "benchmarks/align_umi_reads/{sample}.{unit}.tsv"
    wildcard_constraints:
        sample=one_of(COLLAPSED),
    conda:
        "../../envs/fgumi.yaml"
    threads: 8
    resources:
        mem_mb=memory(9000),
        runtime=minutes(60, 60, of="fq1 fq2"),
    params:
        structures=lambda wildcards: umi(wildcards).read_structure,
        unit=lambda wildcards: find_unit(wildcards.sample, wildcards.unit),
    shell:
        # -K: the same alignments for every number of threads
        """
        produce {log:q} {output:q}
        count_pairs {input.fq1:q} {input.fq2:q}
        fgumi runall \
            --start-from extract \
            --stop-after sort \
            --threads {threads} \
            --max-memory 1G \
            --memory-per-thread false \
            --ref {input.fasta:q} \
            --extract::inputs {input.fq1:q} {input.fq2:q} \
            --extract::read-structures {params.structures:q} \
            --extract::read-group-id {wildcards.sample}.{wildcards.unit} \
            --extract::sample {wildcards.sample} \
            --extract::library {params.unit.library:q} \
            --extract::platform ILLUMINA \
            --extract::platform-unit {params.unit.flowcell:q}.{params.unit.lane:q} \
            --aligner::command "bwa mem -p -K 100000000 -Y -t {{threads}} {{ref}} /dev/stdin" \
            --sort::max-memory 1G \
            --sort::memory-per-thread false \
            --sort::tmp-dir {resources.tmpdir:q} \
            --output $part/{output:q}
        """


rule collapse_families:
    """Lanes together; reads of one molecule grouped, called, filtered; the consensus aligned, sorted by coordinate."""
    input:
        bams=lambda wildcards: [f"results/align/umi/{u.sample}.{u.unit}.bam" for u in PROJECT.units_of(wildcards.sample)],
        fasta=GENOME,
        index=BWA_INDEX,
        indices=GENOME_INDICES,
    output:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
        families="results/align/{sample}.umi.family_sizes.txt",
        grouping="results/align/{sample}.umi.grouping_metrics.txt",
        positions="results/align/{sample}.umi.position_group_sizes.txt",
        filter="results/align/{sample}.umi.filter.txt",
    log:
        "logs/collapse_families/{sample}.log",
    benchmark:
        "benchmarks/collapse_families/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(COLLAPSED),
    conda:
        "../../envs/fgumi.yaml"
    threads: 8
    resources:
        mem_mb=memory(9000),
        runtime=minutes(120, 120, of="bams"),
    params:
        umi=umi,
        metrics=lambda wildcards, output: output.families.removesuffix(".family_sizes.txt"),
        # of duplex: both strands together, the better strand, the worse one
        min_reads=lambda wildcards: (
            f"{umi(wildcards).min_reads},{umi(wildcards).min_strand_reads},{umi(wildcards).min_strand_reads}"
            if umi(wildcards).consensus == "duplex"
            else umi(wildcards).min_reads
        ),
    shell:
        # The caller takes every family, and the filter judges: so filter.txt counts what is lost.
        """
        produce {log:q} {output:q}
        fgumi merge --order template-coordinate --compression-level 1 --output $part/lanes.bam {input.bams:q}
        fgumi runall \
            --start-from group \
            --stop-after filter \
            --realign \
            --threads {threads} \
            --max-memory 1G \
            --memory-per-thread false \
            --ref {input.fasta:q} \
            --input $part/lanes.bam \
            --group::strategy {params.umi.strategy} \
            --group::edits {params.umi.max_mismatches} \
            --group::metrics $part/{params.metrics:q} \
            --consensus {params.umi.consensus} \
            --{params.umi.consensus}::min-reads 1 \
            --{params.umi.consensus}::min-input-base-quality {params.umi.min_base_quality} \
            --filter::min-reads {params.min_reads} \
            --filter::min-base-quality {params.umi.min_consensus_base_quality} \
            --filter::max-base-error-rate {params.umi.max_base_error_rate} \
            --filter::stats $part/{output.filter:q} \
            --read-group-id {wildcards.sample} \
            --read-name-prefix {wildcards.sample} \
            --aligner::command "bwa mem -p -K 100000000 -Y -t {{threads}} {{ref}} /dev/stdin" \
            --sort::max-memory 1G \
            --sort::memory-per-thread false \
            --sort::tmp-dir $part \
            --output $part/{output.bam:q}
        samtools index -@ {threads} $part/{output.bam:q} $part/{output.bai:q}
        """
