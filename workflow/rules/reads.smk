"""reads: FASTQ of each unit -> adapters and bad ends trimmed by fastp; a BAM or CRAM unit gives its reads back first."""


rule extract_reads:
    input:
        bam=lambda wildcards: find_unit(wildcards.sample, wildcards.unit).bam,
        fasta=GENOME,
        fai=f"{GENOME}.fai",
    output:
        fq1=temp("results/reads/{sample}.{unit}.raw_R1.fastq.gz"),
        fq2=temp("results/reads/{sample}.{unit}.raw_R2.fastq.gz"),
    log:
        "logs/extract_reads/{sample}.{unit}.log",
    conda:
        "../../envs/samtools.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
    shell:
        """
        exec 2> {log:q}
        samtools collate -O -u -@ {threads} --reference {input.fasta:q} {input.bam:q} {resources.tmpdir:q}/{wildcards.sample}.{wildcards.unit}.collate |
            samtools fastq -@ {threads} -n -F 0x900 -0 /dev/null -s /dev/null -1 {output.fq1:q} -2 {output.fq2:q} -
        """


rule trim_reads:
    input:
        unpack(raw_reads),
    output:
        fq1=temp("results/reads/{sample}.{unit}_R1.fastq.gz"),
        fq2=temp("results/reads/{sample}.{unit}_R2.fastq.gz"),
        json="results/reads/{sample}.{unit}.fastp.json",
    log:
        "logs/trim_reads/{sample}.{unit}.log",
    benchmark:
        "benchmarks/trim_reads/{sample}.{unit}.tsv"
    wildcard_constraints:
        sample=one_of(s.sample for s in PROJECT.samples if s.sample not in COLLAPSED),
    conda:
        "../../envs/fastp.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
    shell:
        """
        fastp \
            --thread {threads} \
            --in1 {input.fq1:q} \
            --in2 {input.fq2:q} \
            --out1 {output.fq1:q} \
            --out2 {output.fq2:q} \
            --detect_adapter_for_pe \
            --length_required 30 \
            --compression 1 \
            --json {output.json:q} \
            --html /dev/null \
            --report_title {wildcards.sample}.{wildcards.unit} \
            2> {log:q}
        """
