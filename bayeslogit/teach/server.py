"""The server of the page: this machine only, until Ctrl-C."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from bayeslogit.errors import DesignError, listing
from bayeslogit.teach.answer import answered
from bayeslogit.teach.lessons import PRIOR, students

__all__ = ["serve"]

_APP = Path(__file__).parent / "page" / "app.py"
_NEEDS = {"marimo": "marimo", "anywidget": "anywidget", "pyzmq": "zmq"}


def serve(
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the classroom page until it is interrupted.

    Parameters
    ----------
    port : int
        0 takes a free one.
    host : str
        The address to listen at. By default only this machine can see the page; ``"0.0.0.0"``
        lets others in the network see it.
    browser : bool
        Whether to open the page in a browser.
    say : callable
        Gets the address once the page is there.

    Raises
    ------
    DesignError
        If marimo, anywidget or pyzmq is missing, or the port cannot be used.

    See Also
    --------
    bayeslogit.Fit.plot_curve : The same curve as a picture.
    """
    missing = [name for name, module in _NEEDS.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise DesignError(
            f"the classroom page needs {listing(missing)}, not installed here; expected them "
            f"beside bayeslogit; run {sys.executable} -m pip install 'bayeslogit[teach]'"
        )
    place = _bound(host, port)
    # Whatever loads late is loaded before the first visitor comes.
    hours, passed = (values[:20].tolist() for values in students(PRIOR))
    answered({"hours": hours, "passed": passed, "width": 1.0, "link": "logit", "mark": 3.0})
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{place.getsockname()[1]}/"
    say(address)
    if browser:
        # A browser of the terminal does not return before it is closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    with place, suppress(KeyboardInterrupt):
        asyncio.run(_until_interrupted(place))


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens: who comes early waits until the server is there."""
    place = socket.socket()
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((host, port))
        place.listen()
    except (OSError, OverflowError) as error:
        place.close()
        raise DesignError(
            f"the page cannot listen at {host}, port {port} "
            f"({getattr(error, 'strerror', None) or error}); expected an address of this machine "
            "and a free port from 1 to 65535; choose another, or leave it out"
        ) from None
    return place


async def _until_interrupted(place: socket.socket) -> None:
    """Run the web server of the app; Ctrl-C ends it."""
    import marimo
    import uvicorn
    from starlette.middleware.gzip import GZipMiddleware

    inner: list[Any] = []

    def keep(app: Any) -> Any:
        inner.append(app)
        return app

    pages = marimo.create_asgi_app(quiet=True)
    pages = pages.with_app(path="", root=str(_APP), middleware=[keep])
    # Below "critical" it reports, at the end, each page that was still open.
    # Marimo's own page is 7 MB, which a class of telephones would wait for.
    small = GZipMiddleware(pages.build(), compresslevel=6)
    settings = uvicorn.Config(small, log_level="critical", timeout_graceful_shutdown=1)
    try:
        await uvicorn.Server(settings).serve(sockets=[place])
    finally:
        # Of an app inside another one nobody else ends the sessions, whose threads would go on.
        await inner[0].state.session_manager.shutdown()
