"""A number is written in one way: in the shell, in a picture and in a sentence."""

from __future__ import annotations

import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main
from bayeslogit.text import number


@pytest.fixture(scope="module")
def fit():
    """A table of two by two: the odds of 1 to 500 and of 500 to 1, so 250,000 times as high."""
    table = pd.DataFrame({"drug": [0, 1], "cured": [1, 500], "n": [501, 501]})
    return bl.binomial("cured ~ drug", table, trials="n", priors="flat").fit("map")


def test_a_large_number_has_no_exponent_anywhere(fit, tmp_path, capsys):
    assert fit.summary("odds_ratio")["mode"].iloc[1] == pytest.approx(2.5e5, rel=1e-9)
    file = tmp_path / "fit.nc"
    fit.save(file)
    assert main(["summary", str(file)]) == 0
    posterior = capsys.readouterr().out.partition("Posterior by map")[2]
    row = next(line.split() for line in posterior.splitlines() if "drug" in line)
    assert row[-1] == "250000"
    assert fit.plot_forest().texts[0].get_text().startswith("250000 [")
    words = fit.in_words("drug")
    assert words.endswith("multiply by 250000 (a point estimate) from 0 to 1, at the mean row")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (4.6301, "4.63"),
        (14.06, "14.1"),
        (1234.5, "1234"),
        (99999, "99999"),
        (1e7, "1e+07"),
        (0.0012345, "0.00123"),
        (1.2e-5, "1.2e-05"),
        (-3.14159, "-3.14"),
        (float("inf"), "inf"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_a_table_is_the_one_output_of_a_notebook_cell(fit, monkeypatch):
    shown = []
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda *what: shown.append(what))
    assert "drug" in str(fit.summary())
    assert shown == []
