"""Words that builders take, and what to say of others."""

from __future__ import annotations

from typing import Any

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import LINKS

__all__ = [
    "DISPERSIONS", "ORDINAL_FORMS", "check_dispersion", "check_form", "check_link",
    "check_unbounded",
]  # fmt: skip

DISPERSIONS = ("beta",)

ORDINAL_FORMS = ("cumulative", "sequential", "adjacent")


def check_link(link: str) -> None:
    """Refuse an unknown link.

    Raises
    ------
    DesignError
    """
    if link not in LINKS:
        raise DesignError(
            f"link={link!r} is not known; expected one of {listing(LINKS)}; choose one of them."
            + nearest(link, LINKS)
        )


def check_unbounded(link: str, what: str, instead: str) -> None:
    """Refuse a link whose range ends, where linear predictors have no bounds.

    Parameters
    ----------
    link : str
        A key of ``bl.LINKS``.
    what : str
        What it is given with.
    instead : str
        What to do, as a sentence ends.

    Raises
    ------
    DesignError
    """
    if LINKS[link].bounded:
        others = [name for name, other in LINKS.items() if not other.bounded]
        raise DesignError(
            f"link={link!r} is given with {what}, and its linear predictor ends where a "
            f"probability is 0 or 1; expected one of {listing(others)}; {instead}"
        )


def check_dispersion(dispersion: str | None, weights: Any, link: str) -> None:
    """Refuse an unknown dispersion, and weights or a link whose range ends beside one.

    Parameters
    ----------
    dispersion : str or None
    weights, link
        As a builder takes them.

    Raises
    ------
    DesignError
    """
    if dispersion is not None and dispersion not in DISPERSIONS:
        raise DesignError(
            f"dispersion={dispersion!r} is not known; expected None or one of "
            f"{listing(DISPERSIONS)}; choose one of them." + nearest(str(dispersion), DISPERSIONS)
        )
    if dispersion is not None and weights is not None:
        raise DesignError(
            f"weights= is given with dispersion={dispersion!r}, where each row is a unit with a "
            "probability of its own; expected a row for each unit; repeat rows that stand for "
            "several, and leave weights= out"
        )
    if dispersion is not None:
        what, instead = f"dispersion={dispersion!r}", "leave dispersion= out, or use link='logit'"
        check_unbounded(link, what, instead)


def check_form(form: str, link: str) -> None:
    """Refuse an unknown form of an ordinal model or its link, and a link that it does not have.

    Parameters
    ----------
    form, link : str

    Raises
    ------
    DesignError
    """
    check_link(link)
    check_unbounded(link, "an ordinal model", "leave the link out")
    if form not in ORDINAL_FORMS:
        raise DesignError(
            f"form={form!r} is not known; expected one of {listing(ORDINAL_FORMS)}; choose one of "
            "them." + nearest(form, ORDINAL_FORMS)
        )
    if form == "adjacent" and link != "logit":
        raise DesignError(
            f"form='adjacent' is given with link={link!r}; expected link='logit', the only one it "
            "has; leave the link out, or use form='cumulative'"
        )
