"""What an editor or a type checker sees: options by name, and the class that comes back."""

from __future__ import annotations

import re

import pytest
from mypy import api

from tests.helpers import ROOT

CODE = """
import bayeslogit as bl

exam = bl.load_dataset("exam")
fit = bl.logistic("passed ~ hours", exam).fit(random_seed=1)
fit.roc(loo=True, ci_prob=0.5)
fit.roc(loop=True)
fit.comparisons("hours", ci_pob=0.5)
fit.plot_curve("hours", legnd=False)
reveal_type(fit.model)
reveal_type(fit.update(exam))
"""


@pytest.mark.slow
def test_a_misspelt_option_is_caught_before_it_runs(tmp_path):
    path = tmp_path / "analysis.py"
    path.write_text(CODE, encoding="utf-8")
    config = ROOT / "pyproject.toml"
    found, trouble, _ = api.run(
        [str(path), "--config-file", str(config), "--cache-dir", str(ROOT / ".cache" / "mypy")]
    )
    assert trouble == ""
    lines = re.findall(r"analysis\.py:(\d+): error: (Unexpected keyword argument \"\w+\")", found)
    assert [int(line) for line, _ in lines] == [7, 8, 9], found
    assert found.count("error:") == 3, found
    assert 'Revealed type is "bayeslogit.model.Model"' in found
    assert 'Revealed type is "bayeslogit.model.Fit"' in found
