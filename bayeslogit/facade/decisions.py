"""Questions about decisions: what to do with a probability, what it costs, how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayeslogit.facade.base import Asked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Decisions"]


class Decisions(Asked):
    """Decisions from costs or cut-offs; see :mod:`bayeslogit.answers.decisions.decide`."""

    def decide(
        self,
        newdata: Any = None,
        *,
        costs: Any = None,
        cutoff: float | None = None,
        max_flip: float | None = None,
        offset: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        progressbar: bool = True,
    ) -> pd.DataFrame:
        """Return the cheapest decision for each row, and how sure it is.

        Parameters
        ----------
        newdata : table, optional
            The fitted rows by default.
        costs : dict or array, optional
            ``{"false_positive": 1, "false_negative": 5}``, perhaps with ``"true_positive"``,
            ``"true_negative"`` and ``"abstain"`` (then rows between two probabilities are left
            undecided); of several classes an array, a row per true class and a column per
            decision.
        cutoff : float, optional
            Instead of costs; 0.5 if neither is given (of several classes the most probable is
            decided then). The event is decided above it.
        max_flip : float, optional
            Abstain where the posterior probability that another decision is cheaper exceeds
            this.
        offset : number or array, optional
            For new rows.
        ci_prob, ci_kind : optional
            Interval of the value; by default ArviZ's ``rcParams``.
        progressbar : bool

        Returns
        -------
        pandas.DataFrame
            ``probability`` (of the event; of several classes that of the decision),
            ``decision``, ``p_flip`` (posterior probability that another decision is cheaper),
            ``value`` (expected saving over the next best decision, in the unit of the costs)
            with its interval, and ``abstain`` where asked for. A point estimate has no
            ``p_flip`` and no interval. ``attrs`` holds ``cutoff`` and ``abstain_between``.

        Raises
        ------
        DesignError
            If costs are negative or incomplete.
        MethodRefused
            If ``max_flip`` is asked of a point estimate.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> costs = {"false_positive": 1, "false_negative": 4}
        >>> table = fit.decide({"hours": [1, 2]}, costs=costs)
        >>> table.attrs["cutoff"], table["decision"].tolist()
        (0.2, [0, 1])
        """
        from bayeslogit.answers.decisions import decide as decisions

        self._warn_of_risks("decisions by risks")
        return decisions.decide(
            self.pieces,
            newdata,
            costs=costs,
            cutoff=cutoff,
            max_flip=max_flip,
            offset=offset,
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            progressbar=progressbar,
        )

    def expected_cost(
        self,
        newdata: Any = None,
        *,
        costs: Any = None,
        cutoff: float | None = None,
        weights: Any = None,
        offset: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        progressbar: bool = True,
    ) -> pd.DataFrame:
        """Return the expected cost per case of deciding by the model, and of other policies.

        Parameters
        ----------
        newdata, costs, offset, ci_prob, ci_kind, progressbar
            As in :meth:`decide`.
        cutoff : float, optional
            With ``costs``: what deciding by another cut-off costs.
        weights : str or array, optional
            Of the rows; by default the weights of the fit times its trials.

        Returns
        -------
        pandas.DataFrame
            A row for the ``model`` (the cheapest action by the mean probabilities, or by
            ``cutoff``), for each action taken on everyone, and for ``known_coefficients``: what
            the cheapest actions would cost if the coefficients were known, so that the
            difference from ``model`` is the value of knowing them. ``estimate``, ``sd`` and
            interval are per case, in the unit of the costs; ``p_best`` is the posterior
            probability that no other policy, knowing the coefficients aside, costs less.
        """
        from bayeslogit.answers.decisions import decide as decisions

        self._warn_of_risks("decisions by risks")
        return decisions.expected_cost(
            self.pieces,
            newdata,
            costs=costs,
            cutoff=cutoff,
            weights=weights,
            offset=offset,
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            progressbar=progressbar,
        )

    def cost_curve(
        self,
        costs: Any,
        *,
        cutoffs: Any = None,
        newdata: Any = None,
        weights: Any = None,
        offset: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        progressbar: bool = True,
    ) -> pd.DataFrame:
        """Return the expected cost per case of each cut-off, with the best one among them.

        Parameters
        ----------
        costs, newdata, weights, offset, ci_prob, ci_kind, progressbar
            As in :meth:`expected_cost`.
        cutoffs : array, optional
            Between 0 and 1; by default 0.01 to 0.99, or where no forecast reaches 0.3 so far as
            they reach. The best one is always among them.

        Returns
        -------
        pandas.DataFrame
            ``cutoff``, ``estimate``, ``sd`` and interval (per case, in the unit of the costs),
            and ``best``. ``attrs["cutoff"]`` is the best cut-off, which the costs alone decide.
        """
        from bayeslogit.answers.decisions import decide as decisions

        self._warn_of_risks("decisions by risks")
        return decisions.cost_curve(
            self.pieces,
            costs,
            cutoffs=cutoffs,
            newdata=newdata,
            weights=weights,
            offset=offset,
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            progressbar=progressbar,
        )
