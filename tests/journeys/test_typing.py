"""What an editor or a type checker sees: options by name, and the class that comes back."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from mypy import api

import bayeslogit as bl
from bayeslogit.errors import closed
from bayeslogit.export.sql_dialects import DIALECTS
from bayeslogit.inference.run import KEEP
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


WORDS = """
import bayeslogit as bl

exam = bl.load_dataset("exam")
model = bl.logistic("passed ~ hours", exam, link="logit", missing="drop")
bl.logistic("passed ~ hours", exam, link="logi")
bl.ordinal("passed ~ hours", exam, form="adjacnt")
bl.binomial("k ~ hours", exam, trials="n", dispersion="gamma")
fit = model.fit(keep="scale")
fit.predict(kind="prob")
fit.curve("hours", kind="lin")
fit.to_sql(dialect="mysql")
fit.draws_frame(kind="odd")
bl.LogisticClassifier(link="prob")
fit.predict(kind="odds")
"""


@pytest.mark.slow
def test_a_word_that_is_not_known_is_caught_by_mypy_strict(tmp_path):
    path = tmp_path / "analysis.py"
    path.write_text(WORDS, encoding="utf-8")
    found, trouble, _ = api.run(
        [str(path), "--strict", "--ignore-missing-imports"]
        + ["--cache-dir", str(ROOT / ".cache" / "mypy-strict"), "--follow-imports", "silent"]
    )
    assert trouble == ""
    lines = re.findall(
        r"analysis\.py:(\d+): error: Argument \"(\w+)\" (?:to .* )?has incompatible", found
    )
    assert [int(line) for line, _ in lines] == [6, 7, 8, 9, 10, 11, 12, 13, 14], found
    assert found.count("analysis.py") == 9, found


def test_the_types_name_the_words_that_there_are():
    assert set(get_args(closed.LinkWord)) == set(bl.LINKS)
    assert set(get_args(closed.DialectWord)) == set(DIALECTS)
    assert set(get_args(closed.FormWord)) <= set(bl.FAMILIES)
    rows = bl.load_dataset("exam")
    fit = bl.logistic("passed ~ hours", rows).fit("laplace", draws=20, random_seed=1)
    scored = bl.ordinal("hours ~ passed", rows.assign(hours=rows["hours"].round()))
    for kind in get_args(closed.KindWord):
        one = scored.fit("map") if kind in ("cumulative", "exceedance", "median", "mean") else fit
        assert len(one.predict(kind=kind, **({"trials": 3} if kind == "count" else {})))
    for missing in get_args(closed.MissingWord):
        bl.logistic("passed ~ hours", rows, missing=missing)
    assert set(get_args(closed.KeepWord)) == set(KEEP)
