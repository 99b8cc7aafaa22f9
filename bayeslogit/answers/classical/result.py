"""What a maximum likelihood fit tells: estimates, tests, indices, residuals."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.classical import influence
from bayeslogit.answers.classical.firth import Firth
from bayeslogit.answers.classical.fit_indices import GroupedTest, hosmer_lemeshow
from bayeslogit.answers.classical.likelihood_ratio import LikelihoodRatio, likelihood_ratio
from bayeslogit.answers.classical.maximum_likelihood import Maximum
from bayeslogit.errors import DesignError, warn
from bayeslogit.families.conditional import refuse_risks
from bayeslogit.response import Response
from bayeslogit.runtime.seeds import generator
from bayeslogit.specification.density import Likelihood
from bayeslogit.text import in_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Classical"]


@dataclass(frozen=True, eq=False)
class Classical:
    """A maximum likelihood fit with its tests, intervals and indices.

    Attributes
    ----------
    heading : str
        The outcome and the link, in words.
    coefficients : pandas.DataFrame
        A row per coefficient: ``estimate``, ``se``, ``z``, ``wald`` (z squared, on chi-square
        with 1 df), ``p``, an interval, ``firth`` and ``firth_se``; beside a posterior its mean
        and sd. In units of the linear predictor (log-odds for the logit link).
    terms : pandas.DataFrame
        Likelihood-ratio test of each term: the model without it (and without the interactions it
        is part of) against the whole model.
    entry : pandas.DataFrame
        The terms entered one after another, as the formula has them: deviance and test of each.
    statistics : pandas.DataFrame
        Deviances, information criteria and indices; ``df`` and ``p`` where there are some.
    notes : tuple of str
        Cautions, a sentence each.
    maximum : Maximum
    firth : Firth or None
        None for several classes, and where its equations were not solved.
    likelihood, response, rows, labels : Likelihood, Response, ndarray, pandas.Index
        What was fitted: the likelihood, the coded outcome, the positions of the rows in the
        user's table and their labels there.

    See Also
    --------
    bayeslogit.Model.classical : Makes one.

    References
    ----------
    Firth, D. (1993). Bias reduction of maximum likelihood estimates. doi:10.1093/biomet/80.1.27
    Venzon, D. J. and Moolgavkar, S. H. (1988). A method for computing profile-likelihood-based
    confidence intervals. doi:10.2307/2347496

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> found = model.classical()
    >>> found.heading
    'Maximum likelihood for passed = 1 (logit link)'
    >>> found.coefficients.loc["hours", ["estimate", "firth"]].round(2).tolist()
    [1.5, 1.2]
    >>> round(found.log_likelihood, 2), found.terms["p"].round(4).to_dict()
    (-8.03, {'hours': 0.0006})
    >>> found.entry["deviance"].round(2).tolist(), found.statistics.loc["aic", "value"].round(2)
    ([27.73, 16.06], np.float64(20.06))
    >>> found.notes[0][:40]
    'Pseudo-R2 values are not shares of expla'
    >>> found.maximum.theta.round(2), found.firth.theta.round(2)
    (array([-4.08,  1.5 ]), array([-3.29,  1.2 ]))
    >>> len(found.likelihood.X), found.response.name, len(found.rows), len(found.labels)
    (20, 'passed', 20, 20)
    """

    heading: str
    coefficients: pd.DataFrame
    terms: pd.DataFrame
    entry: pd.DataFrame
    statistics: pd.DataFrame
    notes: tuple[str, ...]
    maximum: Maximum
    firth: Firth | None
    likelihood: Likelihood
    response: Response
    rows: np.ndarray
    labels: pd.Index

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the maximum, or its supremum, in nats."""
        return self.maximum.log_likelihood

    def residuals(self, random_seed: int = 0) -> pd.DataFrame:
        """Return residuals, leverage and Cook's distance of each row.

        Parameters
        ----------
        random_seed : int
            For the randomised quantile residuals.

        Returns
        -------
        pandas.DataFrame
            As :func:`~bayeslogit.answers.classical.influence.influence_table`, and ``quantile``
            (standard normal if the model is right).

        Raises
        ------
        DesignError
            If the outcome has several classes.

        See Also
        --------
        bayeslogit.Fit.residuals : Those of the posterior, each case left out.

        References
        ----------
        Pregibon, D. (1981). Logistic regression diagnostics. doi:10.1214/aos/1176345513

        Examples
        --------
        >>> import bayeslogit as bl
        >>> found = bl.logistic("passed ~ hours", bl.load_dataset("exam")).classical()
        >>> round(float(found.residuals()["leverage"].sum()), 6)
        2.0
        """
        self._two_classes("residuals")
        table = influence.influence_table(self.likelihood, self.maximum, self.labels)
        table["quantile"] = influence.quantile_residuals(
            self.response.y,
            self.response.trials,
            table["probability"].to_numpy(),
            generator(random_seed),
        )
        return table

    def hosmer_lemeshow(self, groups: int = 10) -> GroupedTest:
        """Return the grouped chi-square, with a warning: it is obsolete.

        Parameters
        ----------
        groups : int
            Groups of equal size by fitted probability.

        Returns
        -------
        GroupedTest
            Statistic, degrees of freedom, p, and the table of groups.

        Raises
        ------
        DesignError
            If the outcome has several classes, or the groups cannot be made.

        See Also
        --------
        bayeslogit.Fit.calibration : The modern answer to the same question.

        References
        ----------
        Hosmer, D. W. and Lemeshow, S. (1980). Goodness of fit tests for the multiple logistic
        regression model. doi:10.1080/03610928008827941

        Examples
        --------
        >>> import bayeslogit as bl
        >>> import warnings
        >>> found = bl.logistic("passed ~ hours", bl.load_dataset("exam")).classical()
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")  # the warning says that the test is obsolete
        ...     test = found.hosmer_lemeshow(groups=5)
        >>> round(test.statistic, 2), test.df
        (0.62, 3)
        """
        self._two_classes("the Hosmer-Lemeshow test")
        _, prob = influence.fitted(self.likelihood, self.maximum)
        test = hosmer_lemeshow(prob, self.likelihood.counts, groups)
        warn(test.warning)
        return test

    def against(self, other: Classical) -> LikelihoodRatio:
        """Test two nested models by their likelihoods.

        Parameters
        ----------
        other : Classical
            A model of the same rows and outcome whose predictors are a part of these, or of
            which these are a part.

        Returns
        -------
        LikelihoodRatio

        Raises
        ------
        DesignError
            If the test would not be valid: other rows, another outcome or link, models that are
            not nested, a likelihood that falls.

        See Also
        --------
        bayeslogit.compare : Which model predicts better, nested or not.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> whole = bl.logistic("passed ~ hours", exam).classical()
        >>> print(whole.against(bl.logistic("passed ~ 1", exam).classical()))
        likelihood-ratio chi-square 11.6661 on 1 df, p = 0.000636483
        """
        return likelihood_ratio(
            (self.likelihood, self.response, self.rows, self.log_likelihood),
            (other.likelihood, other.response, other.rows, other.log_likelihood),
        )

    def _two_classes(self, what: str) -> None:
        if self.likelihood.family.coupled:
            refuse_risks(what, self.likelihood.family.arrangement)
        if self.likelihood.family.n_eta > 1:
            raise DesignError(
                f"{what} cannot be computed for {len(self.response.classes)} classes; expected a "
                "yes/no outcome or counts; compare predicted with observed shares per class instead"
            )

    def _frames(self) -> list[tuple[str, pd.DataFrame]]:
        frames = [("coefficients", self.coefficients)]
        if len(self.terms):
            frames.append(("likelihood-ratio tests: each term left out", self.terms))
        if len(self.entry) > 2:
            frames.append(("likelihood-ratio tests: terms entered in order", self.entry))
        return [*frames, ("fit", self.statistics)]

    def __str__(self) -> str:
        lines = in_width(self.heading)
        for title, frame in self._frames():
            lines += [f"  {title}", *tables.Answer(frame).in_lines(6, indent="    ")]
        notes = [line for note in self.notes for line in in_width(f"note: {note}", "  ")]
        return "\n".join([*lines, *notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{html.escape(self.heading)}</b></p>"]
        for title, frame in self._frames():
            table = frame.to_html(float_format=lambda v: f"{v:.6g}", na_rep="", border=0)
            parts.append(f"<p>{html.escape(title)}</p>{table}")
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return "".join([*parts, f"<ul>{notes}</ul>" if notes else ""])
