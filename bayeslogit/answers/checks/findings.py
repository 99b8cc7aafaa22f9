"""Findings of a check, worst first, each with what to do."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bayeslogit import tables
from bayeslogit.errors import DesignError, Problem, listing, nearest, shortened
from bayeslogit.text import in_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEVERITIES", "Finding", "Findings", "Severity", "from_problem"]

Severity = Literal["ok", "note", "warning", "severe"]
SEVERITIES: tuple[Severity, ...] = ("ok", "note", "warning", "severe")
_ROOM = 100  # places of a line, however narrow the terminal is


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    code : str
        Short stable name, such as ``"separation"``.
    severity : {"ok", "note", "warning", "severe"}
        ``"note"``: know this; ``"warning"``: some results depend on it; ``"severe"``: the numbers
        should not be used as they are.
    sentence : str
        What was found, in plain words, with the value.
    action : str
        What to do; empty where there is nothing.
    names : tuple of str
        Coefficients, columns or rows that it is about.
    values : dict of str to float
        The numbers behind it.
    details : pandas.DataFrame or None
        The table behind it.

    See Also
    --------
    bayeslogit.Fit.check : Looks at a fit.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> found = model.check()["events"]
    >>> found.code, found.severity, found.values["events_per_variable"], found.names
    ('events', 'note', 10.0, ())
    >>> found.sentence[:28], found.action[:25], found.details
    ('10 events per variable (10 o', 'take such rules as hints:', None)
    """

    code: str
    severity: Severity
    sentence: str
    action: str = ""
    names: tuple[str, ...] = ()
    values: dict[str, float] = field(default_factory=dict)
    details: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentence", shortened(self.sentence))
        object.__setattr__(self, "action", shortened(self.action))


def from_problem(problem: Problem) -> Finding:
    """Return a problem of a fit as a finding; its last part is what to do."""
    found, _, action = problem.sentence.rstrip(".").rpartition("; ")
    return Finding(problem.code, problem.severity, found or action, action if found else "")


@dataclass(frozen=True, eq=False)
class Findings:
    """All that a check looked at.

    Parameters
    ----------
    heading : str
    findings : tuple of Finding
        Worst first.

    See Also
    --------
    bayeslogit.Model.check : Looks at a model.
    bayeslogit.Fit.check : Looks at a fit.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> found = model.check()
    >>> found.heading, found.worst, len(found), "separation" in found
    ('Check of the model of passed = 1', 'note', 6, True)
    >>> found.findings[0].code, found.table["severity"].tolist()[:2]
    ('events', ['note', 'ok'])
    """

    heading: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, heading: str, findings: list[Finding]) -> Findings:
        """Collect findings: worst first, equal ones in the order of the checks.

        Parameters
        ----------
        heading : str
            First line of the report.
        findings : list of Finding

        Returns
        -------
        Findings

        See Also
        --------
        SEVERITIES : The order.

        Examples
        --------
        >>> found = [Finding("cells", "ok", "none"), Finding("draws", "severe", "R-hat is 2")]
        >>> [finding.code for finding in Findings.of("Check", found).findings]
        ['draws', 'cells']
        """
        ranked = sorted(findings, key=lambda f: -SEVERITIES.index(f.severity))
        return cls(heading, tuple(ranked))

    @property
    def worst(self) -> Severity:
        """The highest severity there is."""
        return self.findings[0].severity if self.findings else "ok"

    @property
    def table(self) -> pd.DataFrame:
        """A row per finding: ``severity``, ``finding``, ``what_to_do``, by ``check``."""
        import pandas as pd

        return tables.Answer(
            {
                "severity": [f.severity for f in self.findings],
                "finding": [f.sentence for f in self.findings],
                "what_to_do": [f.action for f in self.findings],
            },
            index=pd.Index([f.code for f in self.findings], name="check"),
        )

    def __getitem__(self, code: str) -> Finding:
        """Return the first finding of a code.

        Raises
        ------
        DesignError
            If nothing of that name was looked at.
        """
        for finding in self.findings:
            if finding.code == code:
                return finding
        known = list(dict.fromkeys(f.code for f in self.findings))
        raise DesignError(
            f"there is no finding {code!r}; expected one of {listing(known)}; choose one of them."
            + nearest(code, known)
        )

    def __contains__(self, code: object) -> bool:
        return any(finding.code == code for finding in self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def records(self) -> list[dict[str, Any]]:
        """Return plain dicts of numbers and text, for JSON.

        Returns
        -------
        list of dict
            One for each finding, worst first.

        See Also
        --------
        table : The same as a data frame.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
        >>> model.check().records()[1]["check"]
        'separation'
        """
        return [
            {
                "check": f.code,
                "severity": f.severity,
                "finding": f.sentence,
                "what_to_do": f.action,
                "names": list(f.names),
                "values": dict(f.values),
            }
            for f in self.findings
        ]

    def __str__(self) -> str:
        lines = in_width(self.heading, most=_ROOM)
        wide = max((len(f.code) for f in self.findings), default=0)
        for f in self.findings:
            text = f.sentence + (f". {f.action[:1].upper()}{f.action[1:]}." if f.action else ".")
            margin = " " * (13 + wide)
            body = textwrap.wrap(text, width=max(40, _ROOM - len(margin)))
            lines.append(f"  {f.severity:<8} {f.code:<{wide}}  {body[0]}")
            lines += [margin + more for more in body[1:]]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        mark = {"severe": "✖ severe", "warning": "▲ warning", "note": "● note", "ok": "✓ ok"}
        rows = "".join(
            f"<tr><td style='white-space:nowrap'>{mark[f.severity]}</td>"
            f"<td><code>{html.escape(f.code)}</code></td>"
            f"<td style='text-align:left'>{html.escape(f.sentence)}</td>"
            f"<td style='text-align:left'>{html.escape(f.action)}</td></tr>"
            for f in self.findings
        )
        head = "<tr><th></th><th>check</th><th>finding</th><th>what to do</th></tr>"
        return f"<p><b>{html.escape(self.heading)}</b></p><table>{head}{rows}</table>"
