"""Questions about where a fit misses, what it leans on, and how it does without some rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bayeslogit.errors import DesignError
from bayeslogit.facade.judgement import Judgement

if TYPE_CHECKING:
    import pandas as pd

    from bayeslogit.answers.comparison.elpd import Elpd
    from bayeslogit.fit import Fit

__all__ = ["Scrutiny"]


class Scrutiny(Judgement):
    """Residuals, cross-validation by fitting again, and the part that the prior plays."""

    def residuals(self, **options: Any) -> pd.DataFrame:
        """Return residuals of each fitted row against its forecast.

        Parameters
        ----------
        **options
            As in :meth:`confusion`, without ``newdata=``.

        Returns
        -------
        pandas.DataFrame
            ``probability`` (of the row left out, unless ``loo=False``), ``response``,
            ``pearson``, ``deviance`` and ``quantile`` residuals. Those of maximum likelihood,
            with leverage and Cook's distance: ``fit.classical().residuals()``.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> float((fit.residuals()["deviance"] ** 2).sum().round(4))
        16.0598
        """
        from bayeslogit.answers.evaluation.residuals import row_residuals

        return row_residuals(self._judged(_of_fitted_rows(options)), self.model.rows)

    def binned_residuals(
        self, by: str | None = None, *, bins: int | None = None, **options: Any
    ) -> pd.DataFrame:
        """Return mean residuals of like rows, and where they would lie if the model were right.

        Parameters
        ----------
        by : str, optional
            A predictor; by default rows of like forecast are put together.
        bins : int, optional
            Of about equal numbers of cases; by default the square root of the number of rows.
        **options
            As in :meth:`confusion`, without ``newdata=``.

        Returns
        -------
        pandas.DataFrame
            ``bin``, ``residual`` (observed share less mean forecast), bounds of the residual in
            data that the model replicates, ``cases``.
        """
        from bayeslogit.answers.evaluation.residuals import binned_residuals

        return binned_residuals(self._judged(_of_fitted_rows(options)), by, bins)

    def kfold(
        self,
        folds: Any = None,
        *,
        groups: Any = None,
        method: str | None = None,
        random_seed: int = 0,
        progressbar: bool = True,
        **options: Any,
    ) -> Elpd:
        """Return how well rows are predicted by fits without their fold.

        What :meth:`loo` estimates without fitting again, for rows that it cannot be trusted with,
        and for groups of rows that belong together.

        Parameters
        ----------
        folds : int or array, optional
            How many, with classes spread evenly over them; or the fold of each row. By default
            10, or as many as there are groups, if these are fewer.
        groups : str or array, optional
            Rows of one group are left out together: a predictor, or a value for each row.
        method, **options : optional
            Of the fits without a fold; by default the method of this one.
        random_seed : int
            Of folds and fits.
        progressbar : bool

        Returns
        -------
        Elpd
            As :meth:`loo` gives, without Pareto k. Equal to ``arviz_stats.loo_kfold`` on the same
            folds, but for the standard error, which divides by n - 1.

        Raises
        ------
        DesignError
            If folds or groups do not fit the rows.
        MethodRefused
            If this is a point estimate.
        """
        from bayeslogit.answers.comparison.kfold import fold_of_rows, kfold

        fit = cast("Fit", self)
        fold = fold_of_rows(fit, folds, groups, random_seed)
        return kfold(
            fit, fold, method=method, random_seed=random_seed, progressbar=progressbar, **options
        )

    def movement(self) -> pd.DataFrame:
        """Return how far prior and skewness moved the answer from maximum likelihood.

        Returns
        -------
        pandas.DataFrame
            A row per coefficient: ``mle``, ``mle_se``, ``map`` (posterior mode),
            ``posterior_mean``, ``posterior_sd``, and ``shift``: posterior mean less estimate, in
            standard errors of the estimate. Without the first two and the last where no unique
            estimate exists; infinite estimates are infinite.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.movement().round(4).loc["hours"].to_dict()
        {'mle': 1.5046, 'mle_se': 0.6287, 'map': 1.5046, 'shift': 0.0}
        """
        from bayeslogit.answers.checks.prior_influence import movement

        return movement(self.pieces, self.model.density)


def _of_fitted_rows(options: dict[str, Any]) -> dict[str, Any]:
    """Refuse other rows, where only those of the fit will do."""
    if options.get("newdata") is not None:
        raise DesignError(
            "newdata= was given for residuals, which are of the fitted rows; expected none; leave "
            "it out, or ask calibration(newdata) how well new rows are forecast"
        )
    return options
