"""A headless browser for tests, driven by its DevTools protocol; no driver is needed."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack

__all__ = ["Tab", "browser"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def browser():
    """Return the path of a browser of this family, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Tab:
    """One tab of a browser of its own, with what happened on its network in ``events``."""

    def __init__(self, width=1280, height=720):
        from websockets.sync.client import connect

        self.open = ExitStack()
        folder = self.open.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        process = subprocess.Popen(
            [
                browser(),
                "--headless=new",
                "--no-sandbox",  # tests may run as root, where the sandbox refuses to start
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--remote-debugging-port=0",
                f"--user-data-dir={folder}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.open.enter_context(process)  # leaving it waits for the end
        self.open.callback(process.terminate)
        says = next(x for x in process.stderr if "DevTools listening on" in x)
        port = says.split(":")[-1].split("/")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as listed:
            page = next(one for one in json.load(listed) if one["type"] == "page")
        self.socket = self.open.enter_context(connect(page["webSocketDebuggerUrl"], max_size=None))
        self.number, self.events = 0, []
        for domain in ("Network", "Page", "Runtime"):
            self.do(f"{domain}.enable")
        self.resize(width, height)

    def do(self, method, **parameters):
        """Call a method of the protocol, and return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        while True:
            found = json.loads(self.socket.recv(timeout=120))
            if found.get("id") == message["id"]:
                assert "error" not in found, (method, found)
                return found["result"]
            self.events.append(found)

    def resize(self, width, height, *, mobile=False, dense=1):
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=dense,
            mobile=mobile,
        )
        self.do("Emulation.setTouchEmulationEnabled", enabled=mobile)

    def dark(self, yes):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if yes else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])

    def value(self, code):
        """Return the value of a JavaScript expression."""
        found = self.do("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, code, seconds=120):
        """Wait for an expression to become true, and return its value."""
        end = time.monotonic() + seconds
        while not (found := self.value(code)):
            assert time.monotonic() < end, f"{code} never became true"
            time.sleep(0.02)
        return found

    def mouse(self, kind, x, y):
        buttons = 0 if kind == "mouseReleased" else 1
        self.do(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button="left",
            buttons=buttons,
            clickCount=1,
        )

    def touch(self, kind, *points):
        self.do(
            "Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in points]
        )

    def key(self, name, code=0):
        for kind in ("rawKeyDown", "keyUp"):
            self.do(
                "Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code
            )

    def picture(self):
        """Return the tab as PNG bytes."""
        return base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"])

    def close(self):
        self.open.close()
