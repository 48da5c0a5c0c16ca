"""align: reads of every unit -> one coordinate-sorted BAM per sample, duplicates by the assay's chemistry."""

AS_IS = [sample for sample in WITH_READS if taken_as_is(sample)]
TRIMMED = [sample for sample in WITH_READS if sample not in AS_IS + COLLAPSED]
AMPLICON = [sample for sample in TRIMMED if assay(sample).chemistry == "amplicon"]
CAPTURE = [sample for sample in TRIMMED if assay(sample).chemistry == "capture"]


rule align_reads:
    """Reads trimmed by fastp, aligned and sorted in one pass: trimmed reads are never written down."""
    input:
        unpack(raw_reads),
        fasta=GENOME,
        index=BWA_INDEX,
    output:
        bam=temp("results/align/units/{sample}.{unit}.bam"),
        json="results/reads/{sample}.{unit}.fastp.json",
    log:
        "logs/align_reads/{sample}.{unit}.log",
    benchmark:
        "benchmarks/align_reads/{sample}.{unit}.tsv"
    wildcard_constraints:
        sample=one_of(TRIMMED),
    conda:
        "../../envs/align.yaml"
    threads: 8
    resources:
        mem_mb=memory(9000),  # of the human genome: index 5.6 GB; batches of reads 0.9, sorting 0.6, fastp 1, measured
        runtime=minutes(60, 60, of="fq1 fq2"),
    params:
        read_group=read_group,
    shell:
        # -K: the same alignments for every number of threads of bwa; fastp with two would order the reads by chance
        """
        produce {log:q} {output:q}
        stage {input.index:q}
        count_pairs {input.fq1:q} {input.fq2:q} > $part/pairs 2> $part/lacks &  # fastp ends well, whatever its input lacks
        fastp \
            --thread 1 \
            --in1 {input.fq1:q} \
            --in2 {input.fq2:q} \
            --stdout \
            --detect_adapter_for_pe \
            --length_required 30 \
            --json $part/{output.json:q} \
            --html /dev/null \
            --report_title {wildcards.sample}.{wildcards.unit} |
            (cd "$staged" && bwa mem -p -K 100000000 -Y -t {threads} -R {params.read_group:q} {input.fasta:q} -) |
            samtools sort --no-PG -@ 1 -m 512M -T $part/sort -o $part/{output.bam:q} -
        wait $! || {{ cat $part/lacks && exit 1; }}  # the reason stands last
        expect_pairs "$(< $part/pairs)" $part/{output.json:q}
        """


rule mark_duplicates:
    input:
        unit_bams,
    output:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
        metrics="results/align/{sample}.duplicates.txt",
    log:
        "logs/mark_duplicates/{sample}.log",
    benchmark:
        "benchmarks/mark_duplicates/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(CAPTURE),
    conda:
        "../../envs/gatk.yaml"
    resources:
        mem_mb=memory(4000, 0.5),
        runtime=minutes(30, 20),
    params:
        inputs=lambda wildcards, input: [word for bam in input for word in ("--INPUT", bam)],
    shell:
        # no command lines in the header: they would name the folder of this attempt, and no two BAMs were the same
        """
        produce {log:q} {output:q}
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" MarkDuplicates \
            {params.inputs:q} \
            --OUTPUT $part/{output.bam:q} \
            --METRICS_FILE $part/{output.metrics:q} \
            --ASSUME_SORT_ORDER coordinate \
            --CREATE_INDEX true \
            --PROGRAM_GROUP_COMMAND_LINE MarkDuplicates \
            --TMP_DIR {resources.tmpdir:q} \
            --VALIDATION_STRINGENCY SILENT
        bam=$part/{output.bam:q}
        mv "${{bam%.bam}}.bai" $part/{output.bai:q}
        """


rule merge_units:
    """Amplicons: reads that start alike are no duplicates, so none is marked."""
    input:
        unit_bams,
    output:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
    log:
        "logs/merge_units/{sample}.log",
    benchmark:
        "benchmarks/merge_units/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(AMPLICON),
    conda:
        "../../envs/samtools.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30, 10),
    shell:
        """
        produce {log:q} {output:q}
        samtools merge --no-PG -f -@ {threads} -o $part/{output.bam:q} {input:q}
        samtools index -@ {threads} $part/{output.bam:q} $part/{output.bai:q}
        """


rule take_bam_as_is:
    """align.bam: as_is. The BAM was checked for order, read groups and contigs before the run."""
    input:
        bam=lambda wildcards: PROJECT.units_of(wildcards.sample)[0].bam,
        fasta=GENOME,
        fai=f"{GENOME}.fai",
    output:
        bam="results/align/{sample}.bam",
        bai="results/align/{sample}.bam.bai",
    log:
        "logs/take_bam_as_is/{sample}.log",
    benchmark:
        "benchmarks/take_bam_as_is/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(AS_IS),
    conda:
        "../../envs/samtools.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30, 10, of="bam"),
    shell:
        """
        produce {log:q} {output:q}
        samtools view --no-PG -b -@ {threads} --reference {input.fasta:q} -o $part/{output.bam:q} {input.bam:q}
        samtools index -@ {threads} $part/{output.bam:q} $part/{output.bai:q}
        """
