"""Take the picture of the classroom page: ``python -m docs.images.make_classroom``."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.browser import Tab

PAGE = "document.querySelector('marimo-anywidget')?.shadowRoot?.querySelector('.classroom')"


def main() -> None:
    """Serve the page, open it, and write what a visitor sees first."""
    command = [sys.executable, "-m", "bayeslogit", "teach", "--json", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        said = ""
        while "}" not in said:
            said += server.stdout.readline()  # type: ignore[union-attr]
        tab = Tab(1280, 800)
        tab.do("Page.navigate", url=json.loads(said)["address"])
        tab.until(f"{PAGE}?.dataset.seq")
        taken = tab.picture()
        tab.close()
        server.send_signal(signal.SIGINT)
    # A palette is enough for flat areas, and makes the file a third as large.
    picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(160)
    picture.save(Path(__file__).parent / "classroom.png", optimize=True)


if __name__ == "__main__":
    main()
