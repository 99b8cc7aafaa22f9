"""What works without PyMC, and what the rest says."""

from __future__ import annotations

import sys

import pytest

import bayeslogit as bl

EXAM = bl.load_dataset("exam")
NEED_IT = {"nuts", "advi", "fullrank_advi"}


@pytest.fixture
def without_pymc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make Python find neither PyMC nor PyTensor, whatever was imported before."""
    for name in [name for name in sys.modules if name.split(".")[0] in ("pymc", "pytensor")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("bayeslogit.pymc_twin.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("pymc", "pytensor", "nutpie"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("without_pymc")
@pytest.mark.parametrize("method", [m for m in bl.METHODS if m not in NEED_IT])
def test_methods_of_our_own_do_without_pymc(method: str) -> None:
    fit = bl.logistic("passed ~ hours", EXAM).fit(method, draws=100, random_seed=1)
    assert len(fit.predict({"hours": [2.0]})) == 1


@pytest.mark.usefixtures("without_pymc")
@pytest.mark.parametrize("method", sorted(NEED_IT))
def test_methods_of_pymc_say_what_to_install(method: str) -> None:
    model = bl.logistic("passed ~ hours", EXAM)
    with pytest.raises(bl.MethodRefused, match=rf"'{method}' needs PyMC, which is not installed"):
        model.fit(method, draws=100, random_seed=1)


@pytest.mark.usefixtures("without_pymc")
def test_answers_do_without_pymc_and_its_twin_says_what_to_install() -> None:
    model = bl.logistic("passed ~ hours", EXAM)
    fit = model.fit(random_seed=1)
    assert fit.loo(progressbar=False).elpd < 0.0
    assert fit.check(progressbar=False)
    assert model.prior_predictive(10, random_seed=1)["prior"].sizes["draw"] == 10
    assert fit.idata["posterior"].sizes["chain"] == 4
    table = model.compare_methods(["laplace", "nuts"], draws=50)
    assert table.loc["nuts", "note"].tolist() == ["refused", "refused"]
    for ask in (lambda: model.pymc, model.graph):
        with pytest.raises(bl.MethodRefused, match="needs PyMC, which is not installed"):
            ask()


@pytest.mark.usefixtures("without_pymc")
def test_groups_do_without_pymc_too() -> None:
    table = {**EXAM, "school": list("abcde") * 4}
    model = bl.logistic("passed ~ hours + (1 | school)", table)
    assert model.fit(draws=50, random_seed=1).outcome.draws.shape[1] == 50
    with pytest.raises(bl.MethodRefused, match="needs PyMC"):
        model.fit("nuts", draws=50, random_seed=1)
