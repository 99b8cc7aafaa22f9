"""The marimo app around the page; marimo reads this file and runs its one cell for each visitor."""

import marimo

app = marimo.App(width="full", app_title="bayeslogit: classroom")

with app.setup:
    import marimo as mo

    from bayeslogit.teach.widget import Classroom


@app.cell
def _():  # type: ignore[no-untyped-def]
    mo.ui.anywidget(Classroom())


if __name__ == "__main__":
    app.run()
