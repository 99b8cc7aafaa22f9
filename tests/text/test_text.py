"""A number is written in one way: in the shell, in a picture and in a sentence."""

from __future__ import annotations

import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main


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
    assert fit.in_words("drug").endswith("multiply by 250000 (a point estimate) from 0 to 1")
