"""A file of the reference preset: brought into the cache of the user, and linked into the run."""

import sys
from pathlib import Path

from tierline.download import DownloadError, ensure
from tierline.presets import load_preset
from tierline.problems import EXIT_TOOL_FAILED
from tierline.steps import logged

with logged(snakemake.log[0]):
    preset = load_preset(snakemake.params.preset)
    try:
        kept = ensure(preset, snakemake.params.role, preset.folder)
    except DownloadError as error:
        print(error)
        sys.exit(EXIT_TOOL_FAILED)
    for link in map(Path, snakemake.output):
        link.unlink(missing_ok=True)
        link.symlink_to(kept.with_name(link.name))
