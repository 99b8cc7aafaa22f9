"""Effects and coefficients of groups as a table: against the draws, and refusals."""

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import DesignError

RNG = np.random.default_rng(2)
N = 80
TABLE = {
    "x": RNG.normal(size=N).round(2),
    "g": [f"g{i % 8}" for i in range(N)],
    "n": np.arange(N) % 3 + 1,
}
TABLE["y"] = RNG.binomial(TABLE["n"], 1 / (1 + np.exp(-TABLE["x"] - np.arange(N) % 8 / 4)))
TABLE["c"] = np.arange(N) * 7 % 3


@pytest.fixture(scope="module")
def fit():
    model = bl.binomial("y ~ x + (1 + x | g)", TABLE, trials="n")
    return model.fit(draws=60, chains=2, random_seed=1)


def test_effects_ranks_and_shares_are_those_of_draws_and_counts(fit):
    table = fit.group_effects("g", ci_prob=0.8, ci_kind="eti")
    u = fit.posterior["u_g"].to_numpy().reshape(120, 8, 2)
    np.testing.assert_allclose(table["mean"], u.mean(axis=0).T.ravel(), rtol=1e-12)
    np.testing.assert_allclose(table["eti80_lb"], np.quantile(u, 0.1, axis=0).T.ravel(), rtol=1e-9)
    above = (u[:, None] > u[:, :, None]).sum(axis=2)  # groups above each
    np.testing.assert_allclose(table["rank"], (above.mean(axis=0) + 1).T.ravel())
    np.testing.assert_allclose(table["p_best"], (above == 0).mean(axis=0).T.ravel())
    for effect in ("Intercept", "x"):
        own = table[table["effect"] == effect]
        assert own["p_best"].sum() == pytest.approx(1.0)
        assert own["rank"].sum() == pytest.approx(36.0)
    groups = np.array(TABLE["g"])
    for j in range(8):
        inside = groups == f"g{j}"
        assert table["cases"][j] == TABLE["n"][inside].sum()
        assert table["share"][j] == TABLE["y"][inside].sum() / TABLE["n"][inside].sum()


def test_coefficients_are_those_of_all_groups_plus_effects(fit):
    effects, inside = fit.group_effects(), fit.group_effects(kind="coefficient")
    assert inside["effect"].tolist() == effects["effect"].tolist()
    fixed = np.repeat(fit.outcome.draws[:, :, :2].mean(axis=(0, 1)), 8)
    np.testing.assert_allclose(inside["mean"], effects["mean"] + fixed, rtol=1e-10)
    np.testing.assert_array_equal(inside["rank"], effects["rank"])
    assert inside.attrs["kind"] == "coefficient"


def test_coefficients_of_classes_are_their_own():
    fit = bl.multinomial("c ~ x + (1 | g)", TABLE).fit("map")
    inside, effects = fit.group_effects(kind="coefficient"), fit.group_effects()
    assert list(dict.fromkeys(inside["effect"])) == ["1: Intercept", "2: Intercept"]
    found = inside["estimate"] - effects["estimate"]
    names = fit.model.layout.names
    fixed = [fit.theta[names.index(f"{k}: Intercept"), 0] for k in (1, 2)]
    np.testing.assert_allclose(found, np.repeat(fixed, 8), atol=1e-12)


def test_what_has_no_coefficient_is_said(fit):
    with pytest.raises(DesignError, match="kind='coef' is not known.*coefficient"):
        fit.group_effects(kind="coef")
    alone = bl.binomial("y ~ 1 + (0 + x | g)", TABLE, trials="n").fit("map")
    with pytest.raises(DesignError, match="effect on 'x', to which no coefficient stands.*add x"):
        alone.group_effects(kind="coefficient")
    ordered = bl.ordinal("c ~ x + (1 | g)", TABLE).fit("map")
    with pytest.raises(DesignError, match="to which cutpoints stand.*subtract the effect"):
        ordered.group_effects(kind="coefficient")


def test_terms_are_named(fit):
    assert fit.group_effects("1 + x | g").equals(fit.group_effects("g"))
    with pytest.raises(DesignError, match="group='h' names no group-level terms.*'g'"):
        fit.group_effects("h")
    crossed = TABLE | {"h": [f"h{i // 20}" for i in range(N)]}
    two = bl.binomial("y ~ x + (1 | g) + (1 | h)", crossed, trials="n").fit("map")
    with pytest.raises(DesignError, match="has 2 group-level terms and none was named.*'g'"):
        two.group_effects()
    plain = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    with pytest.raises(DesignError, match=r"no group-level terms.*\(1 \| school\)"):
        plain.group_effects()
