"""Nobody pays for what they do not use: which libraries are loaded, never how long it takes."""

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
        ("pymc", "pytensor", "numba", "nutpie", "sklearn", "matplotlib"),
    ),
    "arrays need no formula reader": (
        "import numpy as np; x = np.arange(8.0)[:, None]; "
        "bl.logistic(x, np.arange(8) % 3 == 0).fit('map').summary()",
        (*HEAVY, "formulaic"),
    ),
}


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
