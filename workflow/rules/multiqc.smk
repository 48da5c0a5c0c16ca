"""multiqc: every stage's own metrics, Tierline's verdicts and findings -> one dashboard; the versions of all tools."""

# Where samples failed, `tierline run` has the dashboard drawn without them: --config without=";<sample>;<sample>"
WITHOUT = set(filter(None, config.get("without", "").split(";")))
SHOWN = [s.sample for s in PROJECT.samples if s.sample not in WITHOUT]
SHOWN_READS = [sample for sample in SHOWN if sample in WITH_READS]
SHOWN_UNITS = [u for u in PROJECT.units if u.sample in SHOWN_READS and not taken_as_is(u.sample)]

SHOWN_CONTROLS = [control for control in PROJECT.run_controls if control in SHOWN]


rule list_versions:
    output:
        "results/run/versions.tsv",
    log:
        "logs/list_versions.log",
    localrule: True
    params:
        tools=fingerprint(CONTAINER),
        container=CONTAINER,
        code=code("run_versions"),
    script:
        "../scripts/run_versions.py"


rule judge_sample:
    """Quality metrics of a tumour and its normal, and what its run says of it, against the assay's limits."""
    input:
        coverage=lambda wildcards: [f"results/coverage/{s}.mosdepth.summary.txt" for s in pair(wildcards.tumor)],
        on_target=lambda wildcards: [f"results/coverage/{s}.on_target.txt" for s in pair(wildcards.tumor)],
        flagstat=lambda wildcards: [f"results/coverage/{s}.flagstat.txt" for s in pair(wildcards.tumor)],
        stats=lambda wildcards: [f"results/coverage/{s}.stats.txt" for s in pair(wildcards.tumor)],
        depth=lambda wildcards: [f"results/coverage/{s}.depth.tsv.gz" for s in pair(wildcards.tumor)],
        contamination=lambda wildcards: of_sites(wildcards.tumor, "results/coverage/{tumor}.contamination.table"),
        pileups=lambda wildcards: of_sites(wildcards.tumor, "results/coverage/{tumor}.pileups.table"),
        identity=lambda wildcards: ["results/coverage/{tumor}.identity.txt"] if identifiable(wildcards.tumor) else [],
        fingerprints=lambda wildcards: fingerprints(pair(wildcards.tumor)) if with_sites(pair(wildcards.tumor)) else [],
        snps=lambda wildcards: (
            [f"results/reference/assays/{PROJECT.assay_of(s)}.snps.txt" for s in pair(wildcards.tumor)]
            if with_sites(pair(wildcards.tumor))
            else []
        ),
        regions=lambda wildcards: [f"results/coverage/{s}.regions.bed.gz" for s in pair(wildcards.tumor)],
        fasta=GENOME,
        fai=f"{GENOME}.fai",
        artefacts=lambda wildcards: [path for s in pair(wildcards.tumor) for path in artefacts(s)],
        fastp=lambda wildcards: [path for s in pair(wildcards.tumor) for path in reads_measured(s)],
        matches=lambda wildcards: matches(wildcards.tumor),
        controls=lambda wildcards: [
            f"results/multiqc/{control}.control.tsv"
            for control in PROJECT.controls_beside(wildcards.tumor)
            if control not in UNREAD
        ],
    output:
        "results/multiqc/{tumor}.verdicts.tsv",
    log:
        "logs/judge_sample/{tumor}.log",
    benchmark:
        "benchmarks/judge_sample/{tumor}.tsv"
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        samples=lambda wildcards: pair(wildcards.tumor),
        sexes=lambda wildcards: [PROJECT.sample(s).sex for s in pair(wildcards.tumor)],
        build=REFERENCE["build"],
        trimmed=lambda wildcards: [trimming(s) for s in pair(wildcards.tumor)],
        artefacts=lambda wildcards: ["".join(artefacts(s)) for s in pair(wildcards.tumor)],
        fastp=lambda wildcards: [reads_measured(s) for s in pair(wildcards.tumor)],
        limits=lambda wildcards: [quality_limits(s) for s in pair(wildcards.tumor)],
        controls=lambda wildcards: {
            name: name in PROJECT.positive_controls for name in PROJECT.controls_beside(wildcards.tumor)
        },
        has_controls=bool(PROJECT.run_controls),
        overrides=lambda wildcards: [asdict(row) for s in pair(wildcards.tumor) for row in PROJECT.overrides_of(s)],
        code=code("multiqc_judge"),
    script:
        "../scripts/multiqc_judge.py"


rule judge_control:
    """Whether a run control shows what it must: variants of a positive one, next to no reads of one without template."""
    input:
        flagstat="results/coverage/{sample}.flagstat.txt",
        ledger=lambda wildcards: [
            f"results/filter/{wildcards.sample}.{panel}.ledger.tsv" for panel in PROJECT.panels_of(wildcards.sample)
        ],
    output:
        "results/multiqc/{sample}.control.tsv",
    log:
        "logs/judge_control/{sample}.log",
    wildcard_constraints:
        sample=one_of(PROJECT.run_controls),
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        controls=lambda wildcards: [asdict(row) for row in PROJECT.controls_of(wildcards.sample)],
        code=code("multiqc_control"),
    script:
        "../scripts/multiqc_control.py"


rule compare_samples:
    """Every sample of an assay, or of it on a flow cell, against every other: are their reads of one person?"""
    input:
        fingerprints=lambda wildcards: fingerprints(COMPARED[wildcards.compared]),
        snps=lambda wildcards: f"results/reference/assays/{wildcards.compared.split('.')[0]}.snps.txt",
    output:
        "results/multiqc/{compared}.crosscheck.txt",
    log:
        "logs/compare_samples/{compared}.log",
    benchmark:
        "benchmarks/compare_samples/{compared}.tsv"
    wildcard_constraints:
        compared=one_of(COMPARED),
    conda:
        "../../envs/gatk.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        crosscheck=CROSSCHECK,
    shell:
        """
        produce {log:q} {output:q}
        printf '%s\\n' {input.fingerprints:q} > $part/samples.list
        gatk --java-options "-Xmx$(({resources.mem_mb} * 8 / 10))m" CrosscheckFingerprints \
            --INPUT $part/samples.list \
            --HAPLOTYPE_MAP {input.snps:q} \
            {params.crosscheck:q} \
            --OUTPUT $part/{output:q}
        tell_no_odds {log:q} $part/{output:q}
        """


rule judge_pairs:
    """What these comparisons say, who contaminates whom, and whose reads are another patient's."""
    input:
        lods="results/multiqc/{compared}.crosscheck.txt",
        fingerprints=lambda wildcards: fingerprints(COMPARED[wildcards.compared]),
    output:
        pairs="results/multiqc/{compared}.pairs.tsv",
        matches="results/multiqc/{compared}.matches.tsv",
    log:
        "logs/judge_pairs/{compared}.log",
    benchmark:
        "benchmarks/judge_pairs/{compared}.tsv"
    wildcard_constraints:
        compared=one_of(COMPARED),
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        samples=lambda wildcards: [
            (name, PROJECT.sample(name).patient, str(PROJECT.sample(name).kind)) for name in COMPARED[wildcards.compared]
        ],
        code=code("multiqc_pairs"),
    script:
        "../scripts/multiqc_pairs.py"


rule tabulate_identity:
    """The comparisons of all assays, for programs and for the dashboard."""
    input:
        [f"results/multiqc/{name}.pairs.tsv" for name in ON_DASHBOARD],
    output:
        table="results/multiqc/identity.tsv",
        samples="results/multiqc/tierline_identity_mqc.json",
        lods="results/multiqc/tierline_lods_mqc.json",
    log:
        "logs/tabulate_identity.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        patients={name: PROJECT.sample(name).patient for samples in COMPARED.values() for name in samples},
        code=code("multiqc_compare"),
    script:
        "../scripts/multiqc_compare.py"


rule tabulate_cohort:
    """Tierline's own sections of the dashboard, over all cases; the cohort's page; the verdicts for other programs."""
    input:
        cases=[f"results/interpret/{tumor}.{panel}.json" for tumor, panel in PROJECT.cases if tumor in SHOWN],
        fastp=[f"results/reads/{u.sample}.{u.unit}.fastp.json" for u in SHOWN_UNITS],
        artefacts=[path for sample in SHOWN_READS for path in artefacts(sample)],
        controls=[f"results/multiqc/{control}.control.tsv" for control in SHOWN_CONTROLS],
        failed=["results/run/failed.tsv"] if WITHOUT else [],
    output:
        results="results/multiqc/tierline_results_mqc.json",
        holes="results/multiqc/tierline_holes_mqc.json",
        states="results/multiqc/tierline_states_mqc.json",
        samples="results/multiqc/tierline_samples_mqc.json",
        verdicts="results/multiqc/tierline_verdicts_mqc.json",
        reasons="results/multiqc/tierline_reasons_mqc.json",
        damage="results/multiqc/tierline_damage_mqc.json",
        controls="results/multiqc/tierline_controls_mqc.json",
        versions="results/multiqc/tierline_versions_mqc.json",
        table="results/multiqc/verdicts.tsv",
        json="results/multiqc/verdicts.json",
        cohort="results/cohort.html",
    log:
        "logs/tabulate_cohort.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        samples=[s.sample for s in PROJECT.samples],
        unfinished_controls=[control for control in PROJECT.run_controls if control in WITHOUT],
        damaged=[sample for sample in SHOWN_READS if artefacts(sample)],
        without=sorted(WITHOUT),
        unfinished=[(tumor, panel) for tumor, panel in PROJECT.cases if tumor in WITHOUT],
        code=code("multiqc_tabulate"),
    script:
        "../scripts/multiqc_tabulate.py"


rule reckon_cost:
    """What each sample has cost, once its reports are there: by Snakemake's benchmark files, which are no input of a rule."""
    input:
        [f"results/report/{tumor}.{panel}.html" for tumor, panel in PROJECT.cases if tumor in SHOWN],
    output:
        table="results/run/cost.tsv",
        costs="results/multiqc/tierline_costs_mqc.json",
    log:
        "logs/reckon_cost.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        samples=SHOWN,
        code=code("multiqc_reckon"),
    script:
        "../scripts/multiqc_reckon.py"


rule draw_dashboard:
    input:
        [
            f"results/multiqc/tierline_{table}_mqc.json"
            for table in ("results", "holes", "states", "samples", "verdicts", "damage", "reasons", "versions", "costs")
        ],
        [f"results/multiqc/tierline_{table}_mqc.json" for table in ("identity", "lods")] if COMPARED else [],
        ["results/multiqc/tierline_controls_mqc.json"] if PROJECT.run_controls else [],
        [f"results/reads/{u.sample}.{u.unit}.fastp.json" for u in SHOWN_UNITS],
        [f"results/align/{s}.duplicates.txt" for s in CAPTURE if s in SHOWN],
        [
            f"results/coverage/{sample}.{end}"
            for sample in SHOWN_READS
            for end in ("mosdepth.summary.txt", "mosdepth.region.dist.txt", "stats.txt", "flagstat.txt")
        ],
        [ANNOTATION_STATISTICS.format(tumor=tumor) for tumor in PROJECT.tumors if tumor in SHOWN],
    output:
        html="results/multiqc/multiqc.html",
        data=directory("results/multiqc/multiqc_data"),
    log:
        "logs/draw_dashboard.log",
    benchmark:
        "benchmarks/draw_dashboard.tsv"
    localrule: True
    conda:
        "../../envs/multiqc.yaml"
    params:
        config=str(RESOURCES / "multiqc.yaml"),
        style=f"custom_css_files: ['{RESOURCES / 'multiqc.css'}']",
        folder=lambda wildcards, output: str(Path(output.html).parent),
        title=["--title", "SYNTHETIC DATA: Tierline demo"] if PROJECT.config["synthetic"] else ["--title", "Tierline"],
    shell:
        """
        produce {log:q} {output:q}
        printf '%s\\n' {input:q} > $part/files.txt
        multiqc --force --no-ansi --config {params.config:q} --cl-config {params.style:q} {params.title:q} \
            --outdir $part/{params.folder:q} --filename multiqc.html \
            --file-list $part/files.txt
        """
