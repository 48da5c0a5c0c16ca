"""report: the case file -> one self-contained page."""


rule render_report:
    input:
        "results/interpret/{tumor}.{panel}.json",
    output:
        "results/report/{tumor}.{panel}.html",
    log:
        "logs/render_report/{tumor}.{panel}.log",
    conda:
        "../../envs/python.yaml"
    params:
        tiers=PROJECT.config["report"]["tiers"],
        archive="results/report/archive",  # no input: an earlier report alone is no reason for another
        code=code("report_render"),
    script:
        "../scripts/report_render.py"
