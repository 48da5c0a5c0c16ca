"""download: files of the preset that the config does not replace -> the cache of the user, linked into the run.

What a download has to be is fixed by its checksums, not by our code: an edit of it fetches nothing again.
Nodes of a cluster often have no way out, so these rules run where Snakemake runs.
"""

PRESET_FILES = {file.name: file for file in files_in_use(REFERENCE)}


rule fetch_reference:
    output:
        f"{PRESET_FOLDER}/{{file}}",
    log:
        "logs/fetch_reference/{file}.log",
    wildcard_constraints:
        file=one_of([re.escape(name) for name, file in PRESET_FILES.items() if not file.is_vcf]),
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        preset=REFERENCE["preset"],
        role=lambda wildcards: PRESET_FILES[wildcards.file].role,
        url=lambda wildcards: PRESET_FILES[wildcards.file].url,
    script:
        "../scripts/reference_download.py"


rule fetch_resource:
    output:
        vcf=f"{PRESET_FOLDER}/{{file}}",
        tbi=f"{PRESET_FOLDER}/{{file}}.tbi",
    log:
        "logs/fetch_resource/{file}.log",
    wildcard_constraints:
        file=one_of([re.escape(name) for name, file in PRESET_FILES.items() if file.is_vcf]),
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        preset=REFERENCE["preset"],
        role=lambda wildcards: PRESET_FILES[wildcards.file].role,
        url=lambda wildcards: PRESET_FILES[wildcards.file].url,
    script:
        "../scripts/reference_download.py"
