"""Which libraries are loaded, so that nobody waits for what they do not use."""

import subprocess
import sys

import pytest

HEAVY = ("pymc", "pytensor", "numba", "nutpie", "sklearn", "matplotlib", "arviz_stats")

CASES = {
    "import": ("", (*HEAVY, "pandas", "scipy", "xarray", "formulaic")),
    "map": (
        "print(bl.logistic('passed ~ hours', bl.load_dataset('exam')).fit('map').summary())",
        HEAVY,
    ),
    "model in words": (
        "print(bl.logistic('passed ~ hours', bl.load_dataset('exam')))",
        HEAVY,
    ),
    "exact posterior, predictions and curve": (
        "fit = bl.logistic('passed ~ hours', bl.load_dataset('exam')).fit(random_seed=1); "
        "fit.predict({'hours': [2.0]}); fit.summary(); fit.curve('hours')",
        (*HEAVY, "arviz_base", "xarray"),
    ),
    "a fit of columns": (
        "table = {'hours': [1.0, 2.0, 3.0, 4.0], 'passed': [0, 1, 0, 1]}; "
        "bl.logistic('passed ~ hours', table).fit(random_seed=1)",
        (*HEAVY, "pandas", "arviz_base", "xarray"),
    ),
    "the answer of the classroom page": (
        "from bayeslogit.teach.lessons import LESSONS, students; "
        "from bayeslogit.teach.answer import answered; "
        "hours, passed = (v[:20].tolist() for v in students(LESSONS[0])); "
        "answered({'hours': hours, 'passed': passed, 'width': 1, 'link': 'logit', 'mark': 3})",
        (*HEAVY, "pandas", "arviz_base", "xarray"),
    ),
    "arrays need no formula reader": (
        "import numpy as np; x = np.arange(8.0)[:, None]; "
        "bl.logistic(x, np.arange(8) % 3 == 0).fit('map').summary()",
        (*HEAVY, "formulaic"),
    ),
}


def test_intervals_are_arviz_s(tmp_path, monkeypatch):
    """Without loading it, unless code or a file may have changed its settings."""
    from arviz_base import rc_context, rcParams

    from bayeslogit.numerics.intervals import ARVIZ_DEFAULTS, _arviz_may_differ, interval_settings

    assert (rcParams["stats.ci_prob"], rcParams["stats.ci_kind"]) == ARVIZ_DEFAULTS
    assert interval_settings(None, None) == ARVIZ_DEFAULTS
    with rc_context({"stats.ci_prob": 0.5, "stats.ci_kind": "hdi"}):
        assert interval_settings(None, None) == (0.5, "hdi")
        assert interval_settings(0.8, None) == (0.8, "hdi")
    monkeypatch.delitem(sys.modules, "arviz_base")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert not _arviz_may_differ()
    (tmp_path / "arviz").mkdir()
    (tmp_path / "arviz" / "arvizrc").write_text("stats.ci_prob : 0.7\n", encoding="utf-8")
    assert _arviz_may_differ()
    code = (
        "import bayeslogit as bl; "
        "fit = bl.logistic('passed ~ hours', bl.load_dataset('exam')).fit(random_seed=1); "
        "print(*fit.summary())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "eti70_lb" in done.stdout


@pytest.mark.parametrize("case", CASES)
def test_loads_only_what_it_needs(case):
    code, unwanted = CASES[case]
    program = f"import sys\nimport bayeslogit as bl\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split()) & set(unwanted)
    assert not loaded, f"{case!r} loads {sorted(loaded)}"
