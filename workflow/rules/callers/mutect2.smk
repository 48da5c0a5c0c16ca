"""Mutect2: raw calls with read-orientation counts -> orientation model -> FilterMutectCalls."""

POPULATION, SITES, PON = (REFERENCE[key] for key in ("population_vcf", "common_sites_vcf", "panel_of_normals"))


rule call_mutect2:
    input:
        bams=lambda wildcards: bams(wildcards.tumor),
        fasta=GENOME,
        indices=GENOME_INDICES,
        targets=lambda wildcards: targets(wildcards.tumor),
        population=with_index(POPULATION),
        pon=with_index(PON),
    output:
        vcf=temp("results/calls/{tumor}.mutect2.raw.vcf.gz"),
        tbi=temp("results/calls/{tumor}.mutect2.raw.vcf.gz.tbi"),
        stats=temp("results/calls/{tumor}.mutect2.raw.vcf.gz.stats"),
        orientation=temp("results/calls/{tumor}.mutect2.f1r2.tar.gz"),
    log:
        "logs/call_mutect2/{tumor}.log",
    benchmark:
        "benchmarks/call_mutect2/{tumor}.tsv"
    conda:
        "../../../envs/gatk.yaml"
    threads: 2
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60, 60, of="bams"),
    params:
        bams=lambda wildcards: [w for s in pair(wildcards.tumor) for w in ("--input", f"results/align/{s}.bam")],
        # lod 0, not 2.2: of what a shallow normal cannot rule out our own counts say "normal not assessable"; by the
        # default it would not be called at all
        normal=lambda wildcards: [w for s in pair(wildcards.tumor)[1:] for w in ("--normal-sample", s, "--normal-lod", 0)],
        population=["--germline-resource", POPULATION] if POPULATION else [],
        pon=["--panel-of-normals", PON] if PON else [],
        # reads of an amplicon all start alike: the cap of 50 per start would throw most of them away
        per_start=lambda wildcards: 0 if assay(wildcards.tumor).chemistry == "amplicon" else 50,
        duplicates=lambda wildcards: (
            ["--disable-read-filter", "NotDuplicateReadFilter"] if usable(wildcards.tumor).duplicates else []
        ),
    shell:
        """
        produce {log:q} {output:q}
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" Mutect2 \
            --reference {input.fasta:q} \
            {params.bams:q} \
            {params.normal:q} \
            {params.population:q} \
            {params.pon:q} \
            --intervals {input.targets:q} \
            --interval-padding 50 \
            --max-reads-per-alignment-start {params.per_start} \
            {params.duplicates:q} \
            --max-mnp-distance 2 \
            --f1r2-tar-gz $part/{output.orientation:q} \
            --native-pair-hmm-threads {threads} \
            --tmp-dir {resources.tmpdir:q} \
            --output $part/{output.vcf:q}
        """


rule learn_orientation:
    input:
        "results/calls/{tumor}.mutect2.f1r2.tar.gz",
    output:
        temp("results/calls/{tumor}.mutect2.orientation.tar.gz"),
    log:
        "logs/learn_orientation/{tumor}.log",
    benchmark:
        "benchmarks/learn_orientation/{tumor}.tsv"
    conda:
        "../../../envs/gatk.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(15),
    shell:
        """
        produce {log:q} {output:q}
        gatk --java-options "-Xmx1500m" LearnReadOrientationModel --input {input:q} --output $part/{output:q}
        """


rule filter_mutect2:
    input:
        vcf="results/calls/{tumor}.mutect2.raw.vcf.gz",
        tbi="results/calls/{tumor}.mutect2.raw.vcf.gz.tbi",
        stats="results/calls/{tumor}.mutect2.raw.vcf.gz.stats",
        orientation="results/calls/{tumor}.mutect2.orientation.tar.gz",
        contamination=(
            [f"results/coverage/{{tumor}}.{table}.table" for table in ("contamination", "segments")] if SITES else []
        ),
        fasta=GENOME,
        indices=GENOME_INDICES,
    output:
        vcf="results/calls/{tumor}.mutect2.vcf.gz",
        tbi="results/calls/{tumor}.mutect2.vcf.gz.tbi",
        stats="results/calls/{tumor}.mutect2.vcf.gz.filteringStats.tsv",
    log:
        "logs/filter_mutect2/{tumor}.log",
    benchmark:
        "benchmarks/filter_mutect2/{tumor}.tsv"
    conda:
        "../../../envs/gatk.yaml"
    resources:
        mem_mb=memory(3000),
        runtime=minutes(20),
    params:
        contamination=lambda wildcards, input: (
            ["--contamination-table", input.contamination[0], "--tumor-segmentation", input.contamination[1]]
            if input.get("contamination")
            else []
        ),
    shell:
        # CONSTANT: the default learns its threshold from the calls, and on a small panel learns it too strict (0.0)
        """
        produce {log:q} {output:q}
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" FilterMutectCalls \
            --reference {input.fasta:q} \
            --variant {input.vcf:q} \
            --stats {input.stats:q} \
            --orientation-bias-artifact-priors {input.orientation:q} \
            {params.contamination:q} \
            --threshold-strategy CONSTANT \
            --filtering-stats $part/{output.stats:q} \
            --output $part/{output.vcf:q}
        """
