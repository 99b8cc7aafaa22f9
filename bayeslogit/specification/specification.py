"""The specification of a model: its parts and their log posterior, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import MethodRefused, listing
from bayeslogit.families import LINKS, Family
from bayeslogit.priors import CoefficientPrior
from bayeslogit.priors.covariance import Covariance
from bayeslogit.response import Response
from bayeslogit.response.base import class_counts
from bayeslogit.runtime.state import fields_alone
from bayeslogit.specification.arrangements import layout_of
from bayeslogit.specification.as_given import moved_layout
from bayeslogit.specification.bounded import with_start_inside
from bayeslogit.specification.cases import Cases, cases_of
from bayeslogit.specification.density import Likelihood, LogDensity
from bayeslogit.specification.effect_layout import with_effects
from bayeslogit.specification.effects import Block, signs_of
from bayeslogit.specification.grouped import GroupedDensity
from bayeslogit.specification.layout import Layout

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Specification"]


@dataclass(frozen=True, eq=False)
class Specification:
    """The specification of a model: design, outcome, family, prior, weights and offset.

    Attributes
    ----------
    design : Design
        Predictors: ``X`` (obs, coefficients), coefficient names, how to code new rows.
    response : Response
        The coded outcome, its classes and which one is the event.
    family : Family
        Likelihood and link.
    prior : CoefficientPrior
        Density on all coefficients of the columns of X, on the scale of the linear predictor
        (log-odds for the logit link).
    weights : ndarray of shape (obs,), or None
        Frequency weights; they multiply each row's log-likelihood.
    offset : ndarray of shape (obs,), or None
        The sum of ``offset=`` and ``offset(...)``, added to the linear predictor.
    rows : ndarray of shape (obs,)
        Positions, in the user's table, of the rows that are used.
    dropped : int
        Number of rows left out because a value was missing.
    covariances : tuple of Covariance
        Of the effects of each group-level term, in the order of ``design.groups``.

    See Also
    --------
    bayeslogit.logistic : Builds a model, which has these attributes.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.design.names, model.response.classes, model.family.name
    (('Intercept', 'hours'), ('0', '1'), 'bernoulli')
    >>> model.layout.names == model.fixed_layout.names, model.prior.describe()[1]
    (True, ('hours', 'Normal(0, 1.702)'))
    >>> model.counts.sum(axis=0), model.frequencies.sum(), model.weights, model.offset
    (array([10., 10.]), np.float64(20.0), None, None)
    >>> len(model.rows), model.dropped, model.labels.tolist()[:3]
    (20, 0, [0, 1, 2])
    >>> len(model.cases.counts)  # two students studied alike
    19

    At coefficients of zero each of the 20 outcomes has the probability 1/2; the prior adds to that:

    >>> zero = np.zeros((2, 1))
    >>> float(model.likelihood.value(zero)[0] / np.log(2.0)), model.density.value(zero).round(1)
    (-20.0, array([-17.1]))

    With group-level terms:

    >>> wards = {"y": [4, 9, 1, 6], "n": [10, 12, 11, 9], "ward": list("abcd")}
    >>> grouped = bl.binomial("y ~ 1 + (1 | ward)", wards, trials="n")
    >>> grouped.block_order, len(grouped.covariances), len(grouped.grouped_density.blocks)
    ((0,), 1, 1)
    >>> model.learns, grouped.learns  # scales, beside the coefficients
    (False, True)
    """

    design: Design
    response: Response
    family: Family
    prior: CoefficientPrior
    weights: np.ndarray | None
    offset: np.ndarray | None
    rows: np.ndarray
    dropped: int = 0
    covariances: tuple[Covariance, ...] = ()

    __getstate__ = fields_alone

    @classmethod
    def of(cls, parts: Specification) -> Self:
        """Return the same parts as a value of this class, which may have verbs.

        Parameters
        ----------
        parts : Specification

        Returns
        -------
        Self
            With the arrays of ``parts``, not copies.

        See Also
        --------
        bayeslogit.logistic : Builds a model from a formula and a table.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
        >>> type(Specification.of(model)).__name__, type(bl.Model.of(model)).__name__
        ('Specification', 'Model')
        """
        return cls(**{name: getattr(parts, name) for name in Specification.__dataclass_fields__})

    @cached_property
    def fixed_layout(self) -> Layout:
        """Names and order of the coefficients that are not effects of groups."""
        return self._layout(self.design.fixed)

    @cached_property
    def layout(self) -> Layout:
        """Names and order of the coefficients, and the posterior variables that hold them."""
        if not self.design.groups:
            return self.fixed_layout
        groups = [(g.factor, g.name, g.effects, g.levels) for g in self.design.groups]
        repeats = self.response.classes[1:] if self.family.arrangement == "several" else ()
        signs = signs_of(self.family.arrangement, self.family.n_eta)
        return with_effects(self.fixed_layout, groups, repeats, signs)

    def _layout(self, design: Design) -> Layout:
        layout = layout_of(
            self.family.arrangement,
            design.names,
            design.term_columns,
            self.response.compared,
            intercept=design.intercept,
            partial=self.family.partial,
        )
        return moved_layout(layout, design.shift, self.family.n_eta)

    @cached_property
    def counts(self) -> np.ndarray:
        """Weighted counts of each class in each row, (obs, classes)."""
        response = self.response
        counts = class_counts(response.y, len(response.classes), response.trials)
        return counts if self.weights is None else counts * self.weights[:, None]

    @cached_property
    def cases(self) -> Cases:
        """The cases that the rows hold, like ones together, however the rows write them."""
        design = self.design
        return cases_of(self.family, design.X, self.offset, self.counts, key=design.key)

    @property
    def labels(self) -> pd.Index:
        """Labels of the rows, (obs,): the index of the user's table, else ``rows``."""
        return self.design.source.labels

    @property
    def frequencies(self) -> np.ndarray:
        """Number of cases in each row: its weight times its trials, (obs,)."""
        n = len(self.response.y)
        result = np.ones(n) if self.weights is None else self.weights.astype(float)
        return result if self.response.trials is None else result * self.response.trials

    @cached_property
    def likelihood(self) -> Likelihood:
        """The log-likelihood of the rows of the user's table, in nats."""
        return self._likelihood(self.design, self.layout)

    def _likelihood(self, design: Design, layout: Layout) -> Likelihood:
        response = self.response
        cases = class_counts(response.y, len(response.classes), response.trials)
        constants = self.family.constants(cases)
        if self.weights is not None:
            constants = constants * self.weights
        if response.sets is not None:
            # The column of ones is the same in all members of a set, and has no coefficient.
            alternatives = response.alternatives
            X = layout.of_rows(design.X, None if alternatives is None else alternatives.codes)
            sets = response.sets.codes
            return Likelihood(self.family, X, self.counts, self.offset, sets=sets)
        likelihood = Likelihood(
            self.family,
            design.X,
            self.counts,
            self.offset,
            constants if constants.any() else None,
            layout.basis,
            self._start(len(layout.names)),
        )
        return with_start_inside(likelihood) if self.family.bounded else likelihood

    @property
    def learns(self) -> bool:
        """Whether scales are learned: of effects of groups, or of coefficients."""
        return bool(self.design.groups or self.prior.learned)

    @cached_property
    def density(self) -> LogDensity:
        """The log posterior on arrays, in nats.

        Raises
        ------
        MethodRefused
            If scales are learned: the posterior is ``grouped_density`` then.
        """
        if self.prior.learned:
            sets = listing([part.label for part in self.prior.learned])
            raise MethodRefused(
                "this answer is for models in which the prior of each coefficient is known, and "
                f"the scale of {sets} is learned; expected such a model; ask fit.summary(), "
                "predict(), curve() or loo(), or give these coefficients Normal(0, 1)"
            )
        if self.design.groups:
            terms = " + ".join(f"({group.name})" for group in self.design.groups)
            raise MethodRefused(
                f"this answer is for models without group-level terms, and the model has {terms}; "
                "expected fixed coefficients only; ask fit.summary(), predict(), "
                "group_effects() or loo(), fit priors='flat' by 'map' for maximum likelihood, or "
                "leave that term out"
            )
        return LogDensity(self.likelihood, self.prior)

    @cached_property
    def grouped_density(self) -> GroupedDensity:
        """The log posterior of a model that learns scales, the largest grouping first."""
        design = self.design.fixed
        base = LogDensity(self._likelihood(design, self.fixed_layout), self.prior)
        signs = signs_of(self.family.arrangement, self.family.n_eta)
        blocks = [
            Block(group.name, group.Z, group.codes, len(group.levels), signs, covariance)
            for group, covariance in zip(self.design.groups, self.covariances, strict=True)
        ]
        return GroupedDensity(base, tuple(blocks[k] for k in self.block_order))

    @property
    def block_order(self) -> tuple[int, ...]:
        """Positions of the group-level terms, that with most effects first."""
        sizes = [len(group.levels) for group in self.design.groups]
        return tuple(sorted(range(len(sizes)), key=lambda k: -sizes[k]))

    def _start(self, size: int) -> np.ndarray | None:
        """Return coefficients of finite density: the observed shares, and slopes of zero."""
        counts, ordered = self.counts.sum(axis=0), self.family.arrangement == "ordered"
        start = np.zeros(size)
        if ordered:
            share = np.cumsum(counts + 0.5)[:-1] / (counts.sum() + 0.5 * len(counts))
            start[: len(share)] = np.log(share / (1.0 - share))
            return start
        if not self.design.intercept or self.family.arrangement in (
            "several",
            "matched",
            "choice",
        ):
            return None
        link, shares = LINKS[self.family.link], (counts + 0.5) / (counts.sum() + 1.0)
        # From the smaller share, which has its digits.
        rare = link.inverse if shares[1] <= 0.5 else link.inverse_complement
        start[0] = float(rare(shares.min(keepdims=True))[0])
        if self.offset is not None:
            start[0] -= np.average(self.offset, weights=self.counts.sum(axis=1))
        return start
