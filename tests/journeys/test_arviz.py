"""Every function of ArviZ that the documentation names takes ``fit.idata``."""

from __future__ import annotations

from collections.abc import Callable

import arviz as az
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import bayeslogit as bl


@pytest.fixture(scope="module")
def exam() -> xr.DataTree:
    return _fit("passed ~ hours").idata


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def _fit(formula: str) -> bl.Fit:
    return bl.logistic(formula, bl.load_dataset("exam")).fit(random_seed=1, progressbar=False)


def test_summary(exam: xr.DataTree) -> None:
    table = az.summary(exam)
    assert list(table.index) == ["Intercept", "beta[hours]"]
    own = _fit("passed ~ hours").summary()
    np.testing.assert_allclose(table["mean"].astype(float), own["mean"].astype(float), atol=0.01)


def test_diagnose(exam: xr.DataTree, capsys: pytest.CaptureFixture[str]) -> None:
    assert not az.diagnose(exam)
    assert "no problems detected" in capsys.readouterr().out


def test_loo_and_compare(exam: xr.DataTree) -> None:
    found = az.loo(exam)
    assert found.elpd == pytest.approx(_fit("passed ~ hours").loo().elpd, abs=0.2)
    table = az.compare({"hours": exam, "nothing": _fit("passed ~ 1").idata})
    assert list(table.index) == ["hours", "nothing"]


def test_psense_summary(exam: xr.DataTree) -> None:
    table = az.psense_summary(exam)
    assert list(table.index) == ["Intercept", "beta[hours]"]
    assert np.isfinite(table[["prior", "likelihood"]].to_numpy(dtype=float)).all()


@pytest.mark.parametrize(
    ("draw", "options"),
    [
        (az.plot_forest, {}),
        (az.plot_rank, {}),
        (az.plot_trace_dist, {}),
        (az.plot_ppc_pava, {"data_type": "binary"}),
        (az.plot_prior_posterior, {}),
        (az.plot_lm, {"x": "hours", "y": "p", "y_obs": "y", "group": "predictions"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_plots(exam: xr.DataTree, draw: Callable[..., object], options: dict[str, str]) -> None:
    draw(exam, **options)
    axes = plt.gcf().axes
    assert any(a.lines or a.collections for a in axes)


def test_the_line_of_plot_lm_is_the_curve(exam: xr.DataTree) -> None:
    az.plot_lm(exam, x="hours", y="p", y_obs="y", group="predictions")
    line = max(plt.gca().lines, key=lambda line: len(line.get_xdata()))
    assert 0.0 <= np.min(line.get_ydata()) < 0.1 < 0.9 < np.max(line.get_ydata()) <= 1.0


def test_probabilities_of_the_rows() -> None:
    fit = _fit("passed ~ hours")
    p = fit.idata["predictions"]["p"]
    assert p.dims == ("chain", "draw", "obs")
    np.testing.assert_allclose(p.mean(("chain", "draw")), fit.predict()["mean"], rtol=1e-12)
    assert list(fit.idata["predictions_constant_data"].data_vars) == ["hours"]


def test_probabilities_of_several_classes_sum_to_one() -> None:
    housing = bl.load_dataset("housing")
    fit = bl.multinomial("satisfaction ~ contact", housing, weights="frequency").fit(
        draws=100, random_seed=1, progressbar=False
    )
    p = fit.extend("predictions")["predictions"]["p"]
    assert p.dims == ("chain", "draw", "obs", "class")
    assert list(p["class"].values) == list(fit.model.response.classes)
    np.testing.assert_allclose(p.sum("class"), 1.0, rtol=1e-12)
