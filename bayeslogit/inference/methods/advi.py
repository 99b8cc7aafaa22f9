"""PyMC's automatic differentiation variational inference; ``"advi"`` and ``"fullrank_advi"``.

Stochastic gradient steps fit a Gaussian to the posterior. On raw columns PyMC's defaults can stop
far from the optimum without a warning, so it works on centred columns, in units of the curvature
at the mode, and starts from the mode; its result is checked and mapped back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import FitFailed, MethodRefused, Problem
from bayeslogit.inference import graph
from bayeslogit.inference.base import Evidence, Method, Outcome
from bayeslogit.inference.mode import Mode, find_mode
from bayeslogit.inference.refusals import improper_posterior, range_ends
from bayeslogit.inference.whitening import Affine, Whitened
from bayeslogit.runtime.libraries import need_pymc
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.progress import in_cell, progress
from bayeslogit.runtime.quiet import hushed, seen
from bayeslogit.specification.density import LogDensity

__all__ = ["Advi", "FullRankAdvi"]

# Draws for the lower bound and its gradient at the end, and a bound on the work they make.
_DRAWS, _LINEAR_PREDICTORS = 20_000, 20_000_000
# Rise of the lower bound over the last steps, in nats, and distances of the mean (in standard
# deviations) and of a standard deviation (relative) from where the gradient vanishes, above which
# the fit is not called converged. Three Monte Carlo errors are in its favour.
_RISE, _SHIFT, _STRETCH = 0.1, 0.15, 0.15


@dataclass(frozen=True)
class _Stochastic(Method):
    """ADVI with either shape of the covariance."""

    steps: int = 5000
    learning_rate: float = 0.01

    exact: ClassVar[bool] = False
    words: ClassVar[str]

    def __post_init__(self) -> None:
        steps = self.steps
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 10:
            raise MethodRefused(
                f"steps={steps!r} cannot be used by {self.name!r}; expected a whole number of at "
                "least 10; leave it out for the default"
            )
        object.__setattr__(self, "steps", int(steps))
        rate = self.learning_rate
        if not (np.ndim(rate) == 0 and 0.0 < rate < 1.0):
            raise MethodRefused(
                f"learning_rate={rate!r} cannot be used by {self.name!r}; expected a number "
                "between 0 and 1, in posterior standard deviations; 0.01 is usual"
            )

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse improper posteriors, and those that end at a border."""
        if density.family.walled and not density.family.bounded:
            return (
                "boundaries between its classes must not cross, and the lower bound of a Gaussian, "
                "which does not stop at the border, is minus infinity"
            )
        return range_ends(density) or improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return independent draws from the fitted Gaussian, and its lower bound."""
        with repeatable():
            whitened = Whitened(density, _centred(density, find_mode(density)))
            seed, later = int(rng.integers(2**30)), int(rng.integers(2**63))
            with hushed():
                trace = _Trace(self.steps, self.learning_rate)
                losses = _fit(self, whitened, seed, trace, seen(progressbar))
            if len(losses) < self.steps:
                # PyMC returns what it has so far after an interrupt.
                raise KeyboardInterrupt
            last = _moments(trace.last)
            check = _check(
                density, whitened.map, last, _moments(trace.average), np.random.default_rng(later)
            )
            noise = rng.standard_normal((density.size, chains * draws))
            sample = whitened.map.forward(last[0][:, None] + last[1] @ noise)
            log_scale = whitened.map.log_determinant
            return Outcome(
                sample.T.reshape(chains, draws, density.size),
                exact=False,
                label=self.words,
                problems=_problems(check, self.steps),
                info={
                    "steps": self.steps,
                    "lower_bound_rise": check.rise,
                    "mean_shift": check.shift,
                    "sd_stretch": check.stretch,
                    "lower_bound_trace": [float(v) + log_scale for v in _thinned(-losses)],
                },
                gaussian=whitened.map.gaussian(last[0], last[1] @ last[1].T),
                evidence=Evidence(check.bound + log_scale, "lower bound", check.error)
                if density.prior.proper
                else None,
            )


@dataclass(frozen=True)
class Advi(_Stochastic):
    """A Gaussian without correlations, fitted by stochastic gradient steps (PyMC's ``advi``).

    "Without correlations" holds between the coefficients of centred columns, intercept included;
    correlations among predictors are lost, and standard deviations come out too small there.

    Parameters
    ----------
    steps : int, default 5000
        Gradient steps. In the second half they shrink to nothing.
    learning_rate : float, default 0.01
        Length of a step, in units of the posterior's standard deviations.

    Raises
    ------
    MethodRefused
        If an option is out of its range.

    See Also
    --------
    FullRankAdvi : The same with correlations.
    Variational : A Gaussian without randomness.

    References
    ----------
    Kucukelbir, A., Tran, D., Ranganath, R., Gelman, A. and Blei, D. M. (2017). Automatic
    differentiation variational inference. JMLR 18(14):1-45.
    arXiv:1603.00788
    Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization. arXiv:1412.6980

    Examples
    --------
    >>> import bayeslogit as bl
    >>> method = bl.METHODS["advi"](steps=20_000)  # for model.fit(method)
    >>> method.exact, method.summary
    (False, "Gaussian without correlations, by PyMC's ADVI (approximation)")
    """

    name: ClassVar[str] = "advi"
    summary: ClassVar[str] = "Gaussian without correlations, by PyMC's ADVI (approximation)"
    words: ClassVar[str] = "ADVI approximation (Gaussian without correlations)"


@dataclass(frozen=True)
class FullRankAdvi(_Stochastic):
    """A Gaussian with all correlations, fitted by stochastic gradient steps (``fullrank_advi``).

    The method ``"variational"`` fits the same Gaussian without randomness, where it applies.

    Parameters
    ----------
    steps : int, default 5000
        Gradient steps. In the second half they shrink to nothing.
    learning_rate : float, default 0.01
        Length of a step, in units of the posterior's standard deviations.

    Raises
    ------
    MethodRefused
        If an option is out of its range.

    See Also
    --------
    Advi : The same without correlations.
    Variational : The same Gaussian without randomness.

    References
    ----------
    Kucukelbir, A., Tran, D., Ranganath, R., Gelman, A. and Blei, D. M. (2017). Automatic
    differentiation variational inference. JMLR 18(14):1-45.
    arXiv:1603.00788

    Examples
    --------
    >>> import bayeslogit as bl
    >>> method = bl.METHODS["fullrank_advi"](steps=20_000)  # for model.fit(method)
    >>> method.exact, method.learning_rate
    (False, 0.01)
    """

    name: ClassVar[str] = "fullrank_advi"
    summary: ClassVar[str] = "Gaussian with all correlations, by PyMC's ADVI (approximation)"
    words: ClassVar[str] = "full-rank ADVI approximation (Gaussian)"


def _centred(density: LogDensity, mode: Mode) -> Affine:
    """Return coordinates of centred columns, around the mode, in units of its curvature.

    Centring is a change of basis: what the slopes add at the predictor means goes into the
    intercepts. It needs a column of ones; without one, columns stay where they are.
    """
    rows = density.rows
    X, weights = rows.X, rows.counts.sum(axis=1)
    matrix: np.ndarray = np.eye(density.size)
    if X.shape[1] > 1 and np.all(X[:, 0] == 1.0):
        mean = weights @ X / weights.sum()
        # Weights of the columns of X from those of the centred columns, predictor by predictor.
        one = np.eye(X.shape[1])
        one[0, 1:] = -mean[1:]
        move = np.kron(np.eye(density.family.n_eta), one)
        if rows.basis is None:
            matrix = move
        else:
            matrix[:] = np.linalg.lstsq(rows.basis, move @ rows.basis, rcond=None)[0]
    curvature = np.einsum("pi,pq,qi->i", matrix, mode.precision, matrix)
    known = np.abs(curvature) > 0.0
    return Affine(mode.theta, matrix / np.sqrt(np.where(known, np.abs(curvature), 1.0)))


class _Trace:
    """A callback that takes the steps, shrinks them in the second half, and keeps the parameters.

    They are those of ``pymc.adam``, which in a graph that is not compiled cost half of the time;
    ``steps`` of them, the first of length ``rate``.
    """

    def __init__(self, steps: int, rate: float) -> None:
        self.steps, self.first, self.rate = steps, rate, rate
        self.last: dict[str, np.ndarray] = {}
        self.average: dict[str, np.ndarray] = {}
        self._gradients: list[Any] = []
        self._moments: list[tuple[Any, Any]] = []
        self._taken = 0

    def optimizer(self, gradients: list[Any], params: list[Any]) -> dict[Any, Any]:
        """Return what PyMC updates in a step: gradients, put where ``__call__`` finds them."""
        import pytensor

        held = [pytensor.shared(0.0 * p.get_value(), shape=p.type.shape) for p in params]
        self._gradients = list(zip(params, held, strict=True))
        self._moments = [(0.0, 0.0)] * len(params)
        return dict(zip(held, gradients, strict=True))

    def __call__(self, approximation: Any, losses: np.ndarray, step: int) -> None:
        """Take a step and record it; called by PyMC after each gradient."""
        size = self.rate * math.sqrt(1.0 - 0.999**step) / (1.0 - 0.9**step)
        for i, (param, held) in enumerate(self._gradients):
            gradient, (first, second) = held.get_value(borrow=True), self._moments[i]
            first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
            self._moments[i] = first, second
            param.set_value(param.get_value() - size * first / (np.sqrt(second) + 1e-8))
        left = self.steps - step
        if 2 * left < self.steps:
            self.rate = self.first * 2 * left / self.steps
        self.last = {p.name: p.get_value(borrow=False) for p in approximation.params}
        # The steps before they shrink much; their average is without most of their noise.
        if 0.5 * self.steps <= step <= 0.75 * self.steps:
            self._taken += 1
            for name, value in self.last.items():
                old = self.average.get(name, 0.0)
                self.average[name] = old + (value - old) / self._taken


def _fit(
    method: _Stochastic, whitened: Whitened, seed: int, trace: _Trace, progressbar: bool
) -> np.ndarray:
    """Let PyMC take the steps; return minus the lower bound as estimated at each, (steps,)."""
    need_pymc(f"method={method.name!r}", "use method='variational', which is faster")
    import pymc as pm
    from pytensor.compile.mode import Mode as CompileMode

    # Python's linker compiles nothing. Fused loops would be loops in Python.
    uncompiled = CompileMode(linker="py", optimizer="fast_run").excluding("fusion")
    # In a notebook PyMC's bar needs ipywidgets, and leaves a widget in the saved file.
    own = progressbar and in_cell()
    with pm.Model(), progress(method.name, method.steps, enabled=own) as advance:
        z = pm.Flat("z", shape=whitened.size)
        pm.Potential("log_posterior", graph.LogDensityOp(whitened).make_node(z).outputs[0])
        try:
            approximation = pm.fit(
                method.steps,
                method=method.name,
                random_seed=seed,
                start={"z": np.zeros(whitened.size)},
                obj_optimizer=trace.optimizer,
                callbacks=[trace, lambda *_: advance(1)],
                progressbar=progressbar and not own,
                compile_kwargs={"mode": uncompiled},
            )
        except FloatingPointError:
            raise FitFailed(
                f"{method.name!r} met a log posterior that is not a number; expected finite "
                "numbers; set a smaller learning_rate, a tighter prior, or check the scale of the "
                "predictors"
            ) from None
    return np.asarray(approximation.hist)


def _moments(parameters: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and a lower triangular root of the covariance from PyMC's parameters.

    Those are ``mu``, and either the standard deviations ``rho`` or the rows of the root one after
    the other, ``L_tril``; standard deviations and the root's diagonal are kept as the inverse of
    ``log(1 + exp(.))``.
    """
    mean = parameters["mu"]
    if "rho" in parameters:
        return mean, np.diag(np.logaddexp(0.0, parameters["rho"]))
    root = np.zeros((mean.size, mean.size))
    root[np.tril_indices(mean.size)] = parameters["L_tril"]
    np.fill_diagonal(root, np.logaddexp(0.0, np.diag(root)))
    return mean, root


@dataclass(frozen=True)
class _Check:
    """Convergence figures of a fitted Gaussian; the constants of this module are their limits."""

    bound: float
    error: float
    rise: float
    shift: float
    stretch: float


def _check(
    density: LogDensity,
    map: Affine,
    last: tuple[np.ndarray, np.ndarray],
    before: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> _Check:
    """Estimate the lower bound, its rise since ``before``, and the move along its gradient."""
    work = len(density.rows.X) * density.family.n_eta
    count = int(np.clip(_LINEAR_PREDICTORS // work, 200, _DRAWS))
    noise = rng.standard_normal((map.size, count))
    mean, root = last
    with np.errstate(all="ignore"):
        value, gradient = density.value_and_gradient(map.forward(mean[:, None] + root @ noise))
        # The same noise for both, so that it cancels in the difference.
        former = density.value(map.forward(before[0][:, None] + before[1] @ noise))
    entropy = 0.5 * (noise**2).sum(axis=0) + 0.5 * map.size * math.log(2 * math.pi)
    terms = value + entropy + np.log(np.diag(root)).sum()
    rises = terms - (former + entropy + np.log(np.diag(before[1])).sum())
    # In units of the Gaussian, the gradient's mean vanishes at the best mean, and its product
    # with the noise has mean -1 at the best scale; for a Gaussian posterior it is minus the
    # squared ratio of the standard deviations.
    slope = root.T @ (map.matrix.T @ gradient)
    ratio, doubt = _mean(-slope * noise)
    return _Check(
        float(terms.mean()),
        float(terms.std() / math.sqrt(count)),
        float(_surely(*_mean(rises[None]))[0]),
        float(_surely(*_mean(slope)).max()),
        # The square root halves relative errors.
        float(_surely(np.sqrt(np.maximum(ratio, 0.0)) - 1.0, 0.5 * doubt).max()),
    )


def _mean(terms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means over columns and their standard errors."""
    return terms.mean(axis=1), terms.std(axis=1) / math.sqrt(terms.shape[1])


def _surely(value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return the distance of a number from zero in excess of three standard errors."""
    return np.maximum(np.abs(value) - 3.0 * error, 0.0)


def _problems(check: _Check, steps: int) -> tuple[Problem, ...]:
    """Return a problem if the lower bound had not flattened, or is not a number."""
    if check.rise <= _RISE and check.shift <= _SHIFT and check.stretch <= _STRETCH:
        return ()
    return (
        Problem(
            "not_converged",
            f"the lower bound had not flattened after {steps} steps: it changed by at least "
            f"{check.rise:.2f} nats over the last of them, and its gradient moves a mean by at "
            f"least {check.shift:.2f} standard deviations and changes one by at least "
            f"{check.stretch:.0%}; expected at most {_RISE}, {_SHIFT} and {_STRETCH:.0%}; raise "
            "steps, or use method='variational' or 'auto'",
            "severe",
        ),
    )


def _thinned(trace: np.ndarray, points: int = 50) -> np.ndarray:
    """Return means over at most ``points`` stretches of a trace."""
    return np.array([part.mean() for part in np.array_split(trace, min(points, len(trace)))])
