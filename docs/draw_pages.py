"""Draw the pictures of the README: the first screens of the demo's lung report and of its dashboard.

``python docs/draw_pages.py DEMO`` after ``tierline demo --folder DEMO``. Needs Chromium on PATH.
``docs/report.png.sha256`` is the digest of the templates of the report's screen: a test compares it.
"""

import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parent
TEMPLATES = DOCS.parent / "workflow" / "scripts" / "tierline" / "report" / "templates"
DRAWN = (
    "report.html",
    "report.css",
    "macros.html",
    *(f"sections/{n}.html" for n in ("verdict", "case_head", "conclusion", "findings")),
)
PAGES = {  # picture: page below the demo's folder, width and height of the screen
    "report.png": ("results/report/LUAD01T.hotspot50_tert.html", 1200, 1700),
    "dashboard.png": ("results/multiqc/multiqc.html", 1400, 1150),
}
COLOURS = 128


def digest() -> str:
    """SHA-256 over the templates that the picture of the report shows."""
    return sha256(b"\0".join((TEMPLATES / name).read_bytes() for name in DRAWN)).hexdigest()


def draw(page: Path, picture: Path, width: int, height: int) -> None:
    """Draw a page, in Chromium without a network."""
    browser = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        options += ["--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile"]
        options += ["--virtual-time-budget=20000", f"--window-size={width},{height}", f"--screenshot={folder}/page.png"]
        subprocess.run([browser, *options, page.resolve().as_uri()], check=True, capture_output=True)
        Image.open(f"{folder}/page.png").convert("RGB").quantize(COLOURS).save(picture, optimize=True)


def main(demo: str) -> None:
    for name, (page, width, height) in PAGES.items():
        draw(Path(demo, page), DOCS / name, width, height)
    (DOCS / "report.png.sha256").write_text(digest() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
