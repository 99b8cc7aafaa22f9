"""List every message of the package by its words, from the source: python docs/make_messages.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "bayeslogit"
ERRORS = {
    "DesignError",
    "ResponseError",
    "PriorError",
    "MethodRefused",
    "FitFailed",
    "StorageError",
}
GAP = "…"

# What a message is about, by the room that says it, and the page that tells more.
ABOUT = {
    "tables": ("Tables", "guide/formulas.md"),
    "design": ("Formulas, columns and groups", "guide/formulas.md"),
    "response": ("Outcomes", "guide/outcomes.md"),
    "families": ("Families and links", "guide/outcomes.md"),
    "specification": ("Models: whether their parts fit together", "guide/outcomes.md"),
    "priors": ("Priors", "guide/priors.md"),
    "inference": ("Methods and draws", "choosing.md"),
    "pymc_twin": ("The model in PyMC", "coming-from/bayesian.md"),
    "posterior": ("Draws, rows and intervals", "guide/predictions.md"),
    "answers/summaries": ("Summaries", "quickstart.md"),
    "answers/prediction": ("Predictions", "guide/predictions.md"),
    "answers/effects": ("Effects", "guide/effects.md"),
    "answers/choices": ("Choices among alternatives", "guide/choice.md"),
    "answers/decisions": ("Decisions", "guide/decisions.md"),
    "answers/classical": ("Maximum likelihood", "guide/checks.md"),
    "answers/evaluation": ("Forecasts and how good they are", "guide/checks.md"),
    "answers/comparison": ("Comparing models", "guide/checks.md"),
    "answers/checks": ("Checks", "guide/checks.md"),
    "answers/adjustment": ("Prevalence, more rows, exact draws", "guide/effects.md"),
    "plots": ("Pictures", "gallery.md"),
    "storage": ("Files", "guide/saving.md"),
    "report": ("Files", "guide/saving.md"),
    "export": ("Other languages", "guide/elsewhere.md"),
    "numerics": ("Intervals and scores", "reference.md"),
    "runtime": ("Chains, seeds and memory", "choosing.md"),
    "errors": ("Names that are not known", "reference.md"),
    "builders": ("Models: whether their parts fit together", "guide/outcomes.md"),
    "estimator": ("In scikit-learn", "coming-from/scikit-learn.md"),
    "cli": ("Command line", "guide/command-line.md"),
    "teach": ("The classroom page", "guide/teaching.md"),
    "datasets": ("Tables", "guide/formulas.md"),
    "simulate": ("Latent variables", "guide/latent.md"),
    "loading": ("Files", "guide/saving.md"),
    "model": ("Models: whether their parts fit together", "guide/outcomes.md"),
    "text": ("Intervals and scores", "reference.md"),
}


def room(path: Path) -> str:
    """Return the room of a file: its folder, of answers that below."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "/".join(parts[:2]) if parts[0] == "answers" else parts[0]


def words(node: ast.AST | None, local: dict[str, ast.AST]) -> str:
    """Return a sentence of the source, with a gap for each value that it is told."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(words(part, local) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return words(node.left, local) + words(node.right, local)
    if isinstance(node, ast.IfExp):
        return words(node.body, local)
    if isinstance(node, ast.FormattedValue):
        inner = node.value
        known = words(inner, local) if isinstance(inner, ast.IfExp | ast.Name) else GAP
        return known or GAP
    if isinstance(node, ast.Name) and node.id in local:
        return words(local[node.id], {})
    if isinstance(node, ast.Call) and called(node) == "nearest":
        return ""
    if isinstance(node, ast.Call) and called(node) in local:
        return words(local[called(node)], {})
    return GAP


def called(node: ast.Call) -> str:
    """Return the name of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def said(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give each error, warning and problem of a file: its kind, and its words."""
    whole: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and isinstance(node.body[-1], ast.Return):
            whole[node.name] = node.body[-1].value or node
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            whole[node.targets[0].id] = node.value
    seen: set[int] = set()
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in reversed(scopes):  # functions inside others first
        local = dict(whole)
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                local[node.targets[0].id] = node.value
        for node in ast.walk(scope):
            if id(node) in seen:
                continue
            kind, sentence = kind_of(node, scope)
            if sentence is not None:
                seen |= {id(part) for part in ast.walk(node)}
                seen |= {id(local[n.id]) for n in ast.walk(node) if getattr(n, "id", "") in local}
                yield kind, words(sentence, local)
    # What is worded apart from where it is raised.
    for node in ast.walk(tree):
        loose = isinstance(node, ast.JoinedStr) and id(node) not in seen
        if loose and re.search(r"; expected|w(as|ere) expected", text := words(node, {})):
            yield "error", text


def kind_of(node: ast.AST, scope: ast.FunctionDef) -> tuple[str, ast.AST | None]:
    """Return what kind of message a piece of code makes, and its sentence; None if it is none."""
    if isinstance(node, ast.Call) and node.args:
        kind = called(node)
        if kind in ERRORS:
            return kind, node.args[0]
        if kind == "warn":
            return "warning", node.args[0]
        if kind == "Problem" and len(node.args) > 1 and (names := constants(node.args[0])):
            return f"fit.problems, {' or '.join(names)}", node.args[1]
    if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
        code, *rest = node.value.elts
        if isinstance(code, ast.Constant) and len(rest) == 1:
            return f"fit.problems, {code.value}", rest[0]
    refusal = isinstance(node, ast.Return) and scope.name.lstrip("_").startswith("refuse")
    if refusal and isinstance(node.value, ast.JoinedStr | ast.Constant | ast.IfExp):
        return "MethodRefused", node.value
    return "", None


def codes() -> set[str]:
    """Return the code of every entry that ``fit.problems`` may have."""
    kinds = {kind for rows in messages().values() for kind, _ in rows}
    told = [kind.partition(", ")[2] for kind in kinds if kind.startswith("fit.problems")]
    return {code for either in told for code in either.split(" or ")}


def constants(node: ast.AST) -> list[str]:
    """Return the texts that a piece of code may be: one, or one of two."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


@cache
def messages() -> dict[str, list[tuple[str, str]]]:
    """Return kind and words of every message, by what it is about."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for kind, text in said(ast.parse(path.read_text(encoding="utf-8"))):
            text = re.sub(rf"({GAP}\s*)+{GAP}", GAP, " ".join(text.split()))
            if len(re.findall(r"[a-z]{2,}", text)) >= 4:  # else it is made elsewhere
                row = (kind, text)
                rows = found.setdefault(ABOUT[room(path)][0], [])
                if row not in rows:
                    rows.append(row)
    return found


def page(up: str = "../") -> str:
    """Return all messages as a page of Markdown."""
    pages = dict(ABOUT.values())
    parts = [
        "# Every message\n",
        f"What an error, a warning or an entry of `fit.problems` says, with {GAP} for what it is "
        "told. Look for a few words of yours; what to do stands at the end of each sentence. The "
        f"list is made from the source. [Troubleshooting]({up}troubleshooting.md) explains those "
        "that are met most often.\n",
    ]
    for about, rows in sorted(messages().items()):
        parts.append(f"## {about}\n\nSee [{about}]({up}{pages[about]}).\n")
        parts += [f"- **{kind}**: {escaped(text)}" for kind, text in sorted(set(rows))]
        parts.append("")
    return "\n".join(parts)


def escaped(text: str) -> str:
    """Return a sentence as Markdown shows it: no mark-up in it."""
    return re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", text)


if __name__ == "__main__":
    print(page())
