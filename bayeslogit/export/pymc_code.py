"""A model as a program of PyMC, to read, to run by itself and to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, MethodRefused, listing, quoted
from bayeslogit.export.pymc_outcomes import OUTCOMES
from bayeslogit.pymc_twin.free import LOCATIONS, Free, free_variables
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.specification.specification import Specification
from bayeslogit.text import one_line

__all__ = ["to_pymc_code"]

_MOST = 200_000  # numbers that a program still holds
_PER_LINE = 8


def to_pymc_code(specification: Specification, *, data: bool = True) -> str:
    """Return the model as a program of PyMC, as a person would write it.

    The program needs numpy and PyMC alone. It makes ``model``, with the variables and the log
    density of ``model.pymc``; the links are written by their probabilities, which far in the
    tails (beyond some thirty log-odds) have fewer digits than those of ``model.pymc``.

    Parameters
    ----------
    specification : Specification
        The model.
    data : bool, default True
        Whether to write out the rows. If not, the program begins with the shapes of the arrays
        that are to be there: ``X``, ``y_data`` and what else the model has.

    Returns
    -------
    str
        Python code.

    Raises
    ------
    DesignError
        If ``data`` is not True or False, or there are more than 200 000 numbers to write out.
    MethodRefused
        If coefficients have learned scales, or cutpoints a Dirichlet prior.

    See Also
    --------
    pymc : The model itself.
    to_stan : The same for Stan.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors=bl.Normal(0, 2.5))
    >>> print(model.to_pymc_code(data=False))
    # passed = 1
    import numpy as np
    import pymc as pm
    import pytensor.tensor as pt
    <BLANKLINE>
    # X: numbers, shape (20, 1)
    # y_data: whole numbers, shape (20,)
    <BLANKLINE>
    with pm.Model(coords={"term": ['hours']}) as model:
        beta = pm.Normal("beta", mu=np.array([0.0]), sigma=np.array([2.5]), dims="term")
        at_means = pt.dot(np.array([2.7875]), beta.flatten())
        Intercept = pm.Normal("Intercept", mu=np.array(0.0) - at_means, sigma=np.array(2.5))
        eta = pt.dot(X, beta) + Intercept
        y = pm.Bernoulli("y", logit_p=eta, observed=y_data)
    """
    if not isinstance(data, bool):
        raise DesignError(
            f"data={quoted(data)} is neither True nor False; expected one of them; leave it out "
            "for a program with the rows in it"
        )
    _refuse_beyond(specification)
    arrays = _arrays(specification)
    size = sum(values.size for values in arrays.values())
    if data and size > _MOST:
        raise DesignError(
            f"a program with the rows would have {size:,} numbers; expected at most {_MOST:,}; "
            "write data=False, and give the arrays that its first lines name"
        )
    return "\n".join(_Program(specification).lines(arrays if data else None, arrays)) + "\n"


def _refuse_beyond(specification: Specification) -> None:
    """Refuse priors that no few lines write."""
    prior, family = specification.prior, specification.family.name
    if family not in OUTCOMES:
        raise MethodRefused(
            f"a program is written for outcomes of rows, and the likelihood of this model "
            f"({family}) is of sets of rows; expected a model without strata=; take model.pymc, "
            "which is this model as a PyMC object"
        )
    if prior.learned or prior.simplex is not None:
        what = (
            "a Dirichlet prior on class probabilities"
            if prior.simplex is not None
            else f"learned scales of {listing([part.label for part in prior.learned])}"
        )
        raise MethodRefused(
            f"a program is written for coefficients with priors of their own, and the model has "
            f"{what}; expected such priors as Normal(0, 2.5); take model.pymc, which is this model "
            "as a PyMC object"
        )


def _arrays(specification: Specification) -> dict[str, np.ndarray]:
    """Return the arrays of a program by name."""
    model, design = specification, specification.design.fixed
    found = {"X": design.X[:, int(design.intercept) :], "y_data": model.response.y}
    more = {"trials": model.response.trials, "offset": model.offset, "weights": model.weights}
    found |= {name: values for name, values in more.items() if values is not None}
    for k, group in enumerate(model.design.groups, start=1):
        found[f"group{k}"] = group.codes
        if group.effects != ("Intercept",):
            found[f"Z{k}"] = group.Z
    if not found["X"].shape[1]:
        del found["X"]
    return found


def _array(values: Any) -> str:
    """Return numbers as code, in lines of some numbers each, every digit kept."""
    values = np.asarray(values)
    if values.ndim != 1 or values.size <= _PER_LINE:
        text = repr(values.tolist())
    else:
        listed = [repr(v) for v in values.tolist()]
        lines = [", ".join(listed[i : i + _PER_LINE]) for i in range(0, len(listed), _PER_LINE)]
        text = "[\n    " + ",\n    ".join(lines) + ",\n]"
    return f"np.array({text})"


def _matrix(values: np.ndarray) -> str:
    """Return the rows of a matrix as code, a line each."""
    rows = ",\n    ".join(repr(row) for row in values.tolist())
    return f"np.array([\n    {rows},\n])"


class _Program:
    """The lines of a program.

    Parameters
    ----------
    model : Specification
    """

    def __init__(self, model: Specification) -> None:
        self.model = model
        self.coords: dict[str, list[Any]] = {
            dim: list(labels) for dim, labels in model.fixed_layout.coords.items()
        }
        self.body: list[str] = []

    def lines(
        self, written: dict[str, np.ndarray] | None, arrays: dict[str, np.ndarray]
    ) -> list[str]:
        """Return all lines, with the rows or with the shapes of their arrays."""
        model = self.model
        if model.prior.joint is not None:
            self._joint()
        else:
            self._independent()
        self._predictor("X" in arrays)
        self._groups()
        self.body += OUTCOMES[model.family.name](model.family, model.response.trials is not None)
        if model.weights is not None:
            self.body.append(
                'pm.Potential("weighting", (weights - np.array(1.0)) * pm.logp(y, y_data))'
            )
        head = [
            f"# {one_line(outcome_in_words(model.response))}",
            *("import numpy as np", "import pymc as pm", "import pytensor.tensor as pt", ""),
        ]
        for name, values in arrays.items():
            whole = values.dtype.kind in "iu"
            if written is None:
                kind = "whole numbers" if whole else "numbers"
                head.append(f"# {name}: {kind}, shape {values.shape}")
            else:
                exact = values if whole else values.astype(float)
                text = _matrix(exact) if values.ndim == 2 else _array(exact)
                head.append(f"{name} = {text}")
        coords = ", ".join(
            f'"{dim}": {list(v)!r}' if _plain(dim) else f"{dim!r}: {list(v)!r}"
            for dim, v in self.coords.items()
        )
        inside = [f"    {line}" for text in self.body for line in text.split("\n")]
        return [*head, "", f"with pm.Model(coords={{{coords}}}) as model:", *inside]

    def _joint(self) -> None:
        prior, layout = self.model.prior, self.model.fixed_layout
        assert prior.joint is not None
        self.coords["coefficient"] = list(layout.names)
        self.body += [
            f"mean = {_array(prior.joint.mean)}",
            f"chol = {_matrix(prior.joint.cholesky)}",
            'coefficients = pm.MvNormal("coefficients", mu=mean, chol=chol, dims="coefficient")',
            "theta = coefficients",
        ]
        if prior.center is not None:
            moves = _matrix(prior.moves(np.arange(prior.size)))
            self.body[-1] = f"theta = pt.dot({moves}, coefficients)"
        self.body += [
            f'{v.name} = pm.Deterministic("{v.name}", theta[{_array(v.index)}]{_dims(v.dims)})'
            for v in layout.variables
        ]

    def _independent(self) -> None:
        parts: dict[str, list[Free]] = {}
        for free in free_variables(self.model.fixed_layout, self.model.prior):
            self._random(free)
            if free.alone:
                continue
            name, size = free.variable.name, free.variable.index.size
            mine = parts.setdefault(name, [])
            mine.append(free)
            if sum(f.positions.size for f in mine) == size:
                self.body.append(f"{name} = pt.zeros({size})")
                self.body += [
                    f"{name} = pt.set_subtensor({name}[{_array(f.positions)}], {f.name})"
                    for f in mine
                ]
                shape = free.variable.index.shape
                self.body.append(
                    f'{name} = pm.Deterministic("{name}", {name}.reshape({shape})'
                    f"{_dims(free.variable.dims)})"
                )

    def _random(self, free: Free) -> None:
        """Add one random vector."""
        prior, layout = self.model.prior, self.model.fixed_layout
        assert free.prior is not None
        kind = free.prior.name
        arguments = {
            name: _array(np.reshape(value, free.index.shape).astype(float))
            for name, value in free.prior.parameters().items()
        }
        location = LOCATIONS.get(kind)
        if prior.center is not None and location and np.isin(free.index, prior.moved).any():
            arguments[location] += f" - {self._at_means(free)}"
        dims = free.variable.dims
        if not free.alone:
            dim = "_".join((*dims, kind.lower()))
            self.coords[dim] = [layout.names[i] for i in free.index]
            dims = (dim,)
        given = "".join(f", {name}={value}" for name, value in arguments.items())
        if free.alone and prior.increasing and np.isin(free.index, prior.increasing).all():
            given += ", transform=pm.distributions.transforms.ordered"
            given += f", initval=np.arange({float(free.index.size)})"
        self.body.append(f'{free.name} = pm.{kind}("{free.name}"{given}{_dims(dims)})')

    def _at_means(self, free: Free) -> str:
        """Add what slopes give at the predictor means, and return its name."""
        prior, layout = self.model.prior, self.model.fixed_layout
        assert prior.center is not None
        weights = np.zeros((free.index.size, prior.size))
        for position, coefficient in enumerate(np.ravel(free.index)):
            if coefficient in prior.moved:
                weights[position] = prior.center[prior.moved.index(coefficient)]
        slopes = [v for v in layout.variables if v.name.startswith("beta")]
        if not slopes:
            return "0.0"
        alone = free.index.ndim == 0
        sums = []
        for v in slopes:
            part = weights[:, v.index.ravel()]
            sums.append(f"pt.dot({_array(part[0] if alone else part)}, {v.name}.flatten())")
        self.body.append(f"at_means = {' + '.join(sums)}")
        return "at_means"

    def _predictor(self, slopes: bool) -> None:
        """Add the linear predictors."""
        family, names = self.model.family, {v.name for v in self.model.fixed_layout.variables}
        several = family.arrangement == "several"
        terms = []
        if slopes:
            terms.append("pt.dot(X, beta.T)" if several else "pt.dot(X, beta)")
        if "Intercept" in names:
            terms.append("Intercept")
        if self.model.offset is not None:
            terms.append("offset[:, None]" if several else "offset")
        if not slopes:
            shape = f"(len(y_data), {family.n_eta})" if several else "len(y_data)"
            terms.insert(0, f"pt.zeros({shape})")
        self.body.append(f"eta = {' + '.join(terms)}")

    def _groups(self) -> None:
        """Add group-level terms, non-centred, and what cutpoints are compared with."""
        model, family = self.model, self.model.family
        shared = Counter(group.factor for group in model.design.groups)
        several = family.arrangement == "several"
        for k, (group, covariance) in enumerate(
            zip(model.design.groups, model.covariances, strict=True), start=1
        ):
            suffix = group.factor if shared[group.factor] == 1 else group.name
            classes = model.response.classes[1:] if several else ()
            labels = [f"{c}: {e}" for c in classes for e in group.effects] or list(group.effects)
            dims = (f"{group.factor}_group", f"{suffix}_effect")
            self.coords |= {dims[0]: list(group.levels), dims[1]: labels}
            self.body += _effects(k, suffix, dims, covariance)
            count = len(group.effects)
            parts = []
            for start in range(0, covariance.effects, count):
                mine = f"u{k}[group{k}, {start}:{start + count}]"
                level = group.effects == ("Intercept",)
                parts.append(f"{mine}[:, 0]" if level else f"(Z{k} * {mine}).sum(axis=1)")
            added = f"pt.stack([{', '.join(parts)}], axis=1)" if several else parts[0]
            self.body.append(f"eta = eta + {added}")
        if family.arrangement != "ordered":
            return
        self.body.append("eta = cutpoints - eta[:, None]")
        if family.partial:
            chosen = [j - 1 for j in family.partial]
            self.body += [
                f"more = pt.dot(X[:, {chosen}], beta_partial.T)",
                "eta = eta - pt.concatenate([pt.zeros_like(eta[:, :1]), more], axis=1)",
            ]


def _plain(text: str) -> bool:
    return text.isidentifier()


def _dims(dims: Iterable[str]) -> str:
    names = list(dims)
    if not names:
        return ""
    shown = [f'"{name}"' if _plain(name) else repr(name) for name in names]
    return f", dims={shown[0] if len(shown) == 1 else '(' + ', '.join(shown) + ')'}"


def _scale(scale: Any) -> tuple[str, dict[str, Any]]:
    """Return the distribution of a standard deviation, and its arguments."""
    values = {key: np.array(value) for key, value in vars(scale).items()}
    return scale.name, {"lam": 1.0 / values["scale"]} if scale.name == "Exponential" else values


def _effects(k: int, suffix: str, dims: tuple[str, str], covariance: Any) -> list[str]:
    """Return the lines that make the effects of one group-level term, (group, effect)."""
    z = f"z{k} = pm.Normal({f'z_{suffix}'!r}, 0.0, 1.0{_dims(dims)})"
    kinds = {scale.name for scale in covariance.scales}
    known = [scale for scale in covariance.scales if not scale.learned]
    if 0 < len(known) < covariance.effects or len(kinds) > 1:
        raise MethodRefused(
            f"a program is written for standard deviations of one kind of prior, and those of "
            f"{quoted(suffix)} are {listing(sorted(kinds))}; expected one kind; take model.pymc, "
            "which is this model as a PyMC object"
        )
    u = f"u{k} = pm.Deterministic({f'u_{suffix}'!r}, {{}}{_dims(dims)})"
    if known:
        sd = _array([scale.sd for scale in known])
        return [z, u.format(f"z{k} * {sd}")]
    kind, fields = _scale(covariance.scales[0])
    each = [_scale(scale)[1] for scale in covariance.scales]
    given = "".join(f", {key}={_array([float(e[key]) for e in each])}" for key in fields)
    if covariance.partials:
        dist = f"pm.{kind}.dist({given[2:]}, shape={covariance.effects})"
        return [
            z,
            f"chol{k}, _, sd{k} = pm.LKJCholeskyCov(\n    {f'chol_{suffix}'!r}, "
            f"n={covariance.effects}, eta={covariance.correlation.eta!r},\n    sd_dist={dist}, "
            "compute_corr=True,\n)",
            f"pm.Deterministic({f'sd_{suffix}'!r}, sd{k}{_dims(dims[1:])})",
            u.format(f"pt.dot(z{k}, chol{k}.T)"),
        ]
    sd = f"sd{k} = pm.{kind}({f'sd_{suffix}'!r}{given}{_dims(dims[1:])})"
    return [z, sd, u.format(f"z{k} * sd{k}")]
