"""What the browser gets: the app, its drawing and its style."""

from __future__ import annotations

__all__: list[str] = []
