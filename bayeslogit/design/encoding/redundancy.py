"""Which columns a term needs so that the columns of a design are not linearly dependent.

A factor of k levels spans the intercept: k indicator columns add up to one. A term is
therefore written as a sum of products in which each factor is either complete (k columns)
or without its reference level (k - 1). Products that earlier terms already span are left
out, and the rest are joined again into as few, as complete products as possible. The
rule and its order are those of patsy and formulaic, so the columns are theirs too.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Piece", "Reducer"]

Piece = tuple[tuple[int, bool], ...]
"""Factors of a product, in order: (number of the factor, whether all its levels are used)."""


class Reducer:
    """The products that each term needs, given the terms before it.

    Parameters
    ----------
    spans : set of int
        Numbers of the factors that span the intercept.
    intercept : bool
        Whether the design has one.

    Examples
    --------
    Two factors 0 and 1, no intercept: the first is complete, the second is not.

    >>> reducer = Reducer(spans={0, 1}, intercept=False)
    >>> reducer.pieces((0,)), reducer.pieces((1,))
    ([((0, True),)], [((1, False),)])
    """

    def __init__(self, spans: set[int], intercept: bool) -> None:
        self._spans = spans
        self._spanned: set[frozenset[int]] = {frozenset()} if intercept else set()

    def pieces(self, term: Sequence[int]) -> list[Piece]:
        """Return the products that a term adds to those before it."""
        subsets: list[tuple[int, ...]] = [()]
        for factor in term:
            with_it = [(*subset, factor) for subset in subsets]
            # Factors with the intercept in their span may be absent; present comes first.
            if factor in self._spans:
                subsets = [pair for both in zip(with_it, subsets, strict=True) for pair in both]
            else:
                subsets = with_it
        new = [subset for subset in subsets if frozenset(subset) not in self._spanned]
        self._spanned.update(map(frozenset, new))
        return _joined([tuple((f, f not in self._spans) for f in subset) for subset in new])


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Apply ``reduced a + 1 -> complete a``, in every product, until nothing changes."""
    kept: list[Piece] = []
    for piece in sorted(pieces, key=len):
        for i, smaller in enumerate(kept):
            extra = set(piece) - set(smaller)
            if len(smaller) != len(piece) - 1 or len(extra) != 1:
                continue
            factor, complete = next(iter(extra))
            if not complete:
                whole = tuple((f, True) if f == factor else (f, c) for f, c in piece)
                kept = _joined([*kept[:i], *kept[i + 1 :], whole])
                break
        else:
            kept.append(piece)
    return kept
