"""The config that is named on the command line is the one that counts, whatever else lies in the folder."""

from __future__ import annotations

from pathlib import Path

from runs import DEMO_CONFIG, planned, snakemake


def test_a_config_of_the_folder_gives_way_to_the_one_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("samples: nowhere.tsv\nunits: nowhere.tsv\n")
    jobs = planned(snakemake(tmp_path, "--dry-run", configfile=DEMO_CONFIG))
    assert jobs["align_reads"] == 5
    refused = snakemake(tmp_path, "--dry-run")
    assert refused.code != 0
    assert "nowhere.tsv" in refused.output
