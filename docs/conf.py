"""The site: ``./do docs`` builds it from the Markdown of this folder and from the docstrings.

The pages stay plain Markdown, readable where the code is hosted. What only a site needs is added
here: the navigation, a page for each public name, and a link wherever a page names one.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

import bayeslogit as bl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import make_gallery  # noqa: E402
import make_messages  # noqa: E402  (the files beside this one)
from make_reference import public_names  # noqa: E402

project = "bayeslogit"
author = "The bayeslogit developers"
copyright = "The bayeslogit developers"
release = version = bl.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
]
root_doc = "docs/index"
include_patterns = ["docs/**", "notebooks/**"]
exclude_patterns = ["docs/make_*.py", "docs/images/*.py"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
# Of this state of the package: what other states printed is not shown.
nb_execution_cache_path = str(ROOT / ".cache" / "notebooks" / make_gallery.stamp("")[:16])
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_code_prompt_show = "Show the code of this paragraph"
nb_code_prompt_hide = "Hide the code"

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
add_module_names = False

# Formulas are MathML, which browsers draw themselves: no script, and no request to a server.
html_math_renderer = "mathml"
myst_update_mathjax = False

html_theme = "pydata_sphinx_theme"
html_title = "bayeslogit"
html_show_sourcelink = False
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_sidebars = {"**": ["pages"]}
html_theme_options = {
    "navbar_center": [],
    "navbar_persistent": [],
    "navbar_end": ["search-button", "theme-switcher"],
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def numbered(path: Path) -> str:
    """Return an entry of the navigation: the number and the title of a notebook, and its place."""
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"][0]
    return f"{path.stem[:2]} {first.strip('# \n')} </notebooks/{path.stem}>"


NOTEBOOKS = [numbered(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]

PRINTED_TABLE = re.compile(r"^```text\n((?:\*\*[^\n]*\n\n)?\|.*?)^```\n", re.MULTILINE | re.DOTALL)

FOLD = "<details><summary>The same in grey</summary>"

# Captions of the navigation, and the pages below each, in the order in which one reads them.
NAVIGATION = {
    "Start": ["quickstart", "choosing"],
    "Notebooks": NOTEBOOKS,
    "How to": [
        f"guide/{page}"
        for page in (
            "formulas",
            "outcomes",
            "matched-sets",
            "choice",
            "groups",
            "groups-ratings",
            "groups-crossed",
            "groups-nested",
            "priors",
            "learned",
            "planning",
            "predictions",
            "effects",
            "contrasts",
            "decisions",
            "checks",
            "validation",
            "large-data",
            "tables",
            "saving",
            "elsewhere",
            "command-line",
            "latent",
            "teaching",
        )
    ],
    "Coming from": [
        f"coming-from/{page}"
        for page in ("index", "scikit-learn", "statsmodels", "r", "bayesian", "marginaleffects")
    ],
    "Look up": [
        "glossary",
        "reference",
        "gallery",
        "troubleshooting",
        "maths",
        "benchmarks",
        "history",
    ],
    "Develop": ["contributing", "architecture", "changelog"],
}


def add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """Append the navigation to the first page, and the pages of names to the reference."""
    if page == root_doc:
        for caption, pages in NAVIGATION.items():
            source[0] += toctree([f":caption: {caption}"], pages)
    if page == "docs/reference":
        source[0] += toctree([], [f"api/{path}" for path in public_names().values()])
    if page == "docs/gallery":
        source[0] = make_gallery.SHOWN.sub(three_papers, source[0])
    if page == "docs/guide/tables":
        source[0] = PRINTED_TABLE.sub(shown_too, source[0])
    if page == "docs/troubleshooting":
        source[0] += toctree([], ["api/messages"])


def shown_too(printed: re.Match[str]) -> str:
    """Return a printed table in Markdown, and what a reader of Markdown makes of it."""
    return f"{printed[0]}\n{re.sub('^', '> ', printed[1], flags=re.MULTILINE)}\n"


def three_papers(picture: re.Match[str]) -> str:
    """Return a picture of the gallery as the mode of the page has it, its lines, and it in grey."""
    name, words, code = picture["name"], picture["words"], picture["code"]
    light, dark, grey = (
        f"```{{image}} api/gallery/{name}-{paper}.png\n:alt: {words}\n{option}\n```\n"
        for paper, option in (
            ("light", ":class: only-light"),
            ("dark", ":class: only-dark"),
            ("grey", ":loading: lazy"),
        )
    )
    fold, end = (f"```{{raw}} html\n{tag}\n```\n" for tag in (FOLD, "</details>"))
    return f"{light}\n{dark}\n```python\n{code}```\n\n{fold}\n{grey}\n{end}\n"


def toctree(options: list[str], pages: list[str]) -> str:
    """Return a hidden table of contents as Markdown."""
    return "\n".join(["\n\n```{toctree}", ":hidden:", *options, "", *pages, "```", ""])


def write_names(app: Sphinx) -> None:
    """Write a page for each public name; what has not changed is left as it is."""
    folder = ROOT / "docs" / "api"
    folder.mkdir(exist_ok=True)
    wanted = set()
    for spoken, path in public_names().items():
        page = folder / f"{path}.rst"
        wanted.add(page)
        kind = "autoclass" if inspect.isclass(resolved(path)) else "autofunction"
        if inspect.isclass(resolved(path.rpartition(".")[0])):
            kind = "automethod" if callable(resolved(path)) else "autoproperty"
        text = f"{spoken}\n{'=' * len(spoken)}\n\n.. {kind}:: {path}\n"
        write(page, text)
    write(folder / "messages.md", make_messages.page())
    make_gallery.main()
    for page in set(folder.glob("*.rst")) - wanted:
        page.unlink()


def write(page: Path, text: str) -> None:
    """Write a page that is made, unless it is so already: Sphinx reads what is newer."""
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def drop_bound(
    app: Sphinx, what: str, path: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Drop, from the parameters of a verb, the value that it is bound to."""
    if what != "method" or "Parameters" not in lines:
        return
    first = lines.index("Parameters") + 2
    if not lines[first].startswith(("posterior : ", "specification : ", "model : ")):
        return
    end = first + 1
    while end < len(lines) and lines[end].startswith(" "):
        end += 1
    alone = end == len(lines) or not lines[end]
    del lines[first - 2 if alone else first : end]


def show_defaults(
    app: Sphinx, what: str, path: str, thing: Any, options: Any, signature: str, returns: str
) -> tuple[str, str]:
    """Return a signature with the default of a field in place of the word for its maker."""
    for field in dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ():
        if field.default_factory is not dataclasses.MISSING:
            shown = f"{field.name}={field.default_factory()!r}"
            signature = (signature or "").replace(f"{field.name}=<factory>", shown)
    return signature, returns


def resolved(path: str) -> Any:
    """Return the object at a dotted path below the package."""
    thing: Any = bl
    for part in path.split(".")[1:]:
        thing = inspect.getattr_static(thing, part, None) or getattr(thing, part)
    return thing


def write_formula(writer: Any, node: nodes.Node) -> None:
    """Write a formula as MathML."""
    display = "block" if isinstance(node, nodes.math_block) else "inline"
    writer.body.append(convert(node.astext(), display=display))
    raise nodes.SkipNode


class LinkNames(SphinxPostTransform):
    """Link each piece of code that is a public name, or a call of one, to its page."""

    default_priority = 1

    def run(self, **kwargs: Any) -> None:
        """Replace each such literal by a link that holds it."""
        known = public_names()
        for literal in list(self.document.findall(nodes.literal)):
            path = known.get(literal.astext().split("(")[0])
            if path is None or isinstance(literal.parent, (nodes.reference, pending_xref)):
                continue
            target = f"docs/api/{path}"
            if target == self.env.docname or target not in self.env.all_docs:
                continue
            uri = self.app.builder.get_relative_uri(self.env.docname, target)
            link = nodes.reference("", "", internal=True, refuri=uri)
            literal.replace_self(link)
            link += literal


def setup(app: Sphinx) -> None:
    """Connect the additions of this file."""
    formula = (write_formula, None)
    app.add_html_math_renderer("mathml", inline_renderers=formula, block_renderers=formula)
    app.connect("builder-inited", write_names)
    app.connect("source-read", add_navigation)
    app.connect("autodoc-process-docstring", drop_bound, priority=400)  # before numpydoc
    app.connect("autodoc-process-signature", show_defaults)
    app.add_post_transform(LinkNames)
