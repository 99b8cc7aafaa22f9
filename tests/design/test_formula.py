"""Formulas: what is read, what is refused, and that nothing is ever evaluated as Python."""

import ast
import builtins
import sys
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bayeslogit.design import from_formula, split, variables
from bayeslogit.design.formula.parser import parse
from bayeslogit.design.formula.syntax import Binary, Call, Name, Number, Unary
from bayeslogit.errors import DesignError
from bayeslogit.tables.reading import read

TABLE = read({"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 1.0, 4.0, 3.0], "g": ["a", "b", "a", "b"]})


def written(formula):
    return [":".join(factor.text for factor in term) for term in parse(formula).terms]


# -- what is read ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "terms", "intercept"),
    [
        ("x", ["x"], True),
        ("x + y", ["x", "y"], True),
        ("x+y-1", ["x", "y"], False),
        ("-1 + x", ["x"], False),
        ("0 + x", ["x"], False),
        ("x + 0", ["x"], False),
        ("x - 0", ["x"], True),
        ("x - 1 + 1", ["x"], True),
        ("+ x", ["x"], True),
        ("1", [], True),
        ("x:y", ["x:y"], True),
        ("x*y", ["x", "y", "x:y"], True),
        ("x/y", ["x", "x:y"], True),
        ("(x + y)/g", ["x", "y", "x:y:g"], True),
        ("(x + y + g)**2", ["x", "y", "g", "x:y", "x:g", "y:g"], True),
        ("(x + y)^2", ["x", "y", "x:y"], True),
        ("x*y - x:y", ["x", "y"], True),
        ("x*y - y:x", ["x", "y"], True),
        ("x:y + g", ["g", "x:y"], True),
        ("x + x", ["x"], True),
        ("x:x", ["x"], True),
        ("((x))", ["x"], True),
        ("x + -1", ["x"], False),
        ("x --1", ["x"], True),
        ("a*b:c", ["a", "b:c", "a:b:c"], True),
        ("`my x` + `2nd`", ["`my x`", "`2nd`"], True),
        ("größe + 年齢", ["größe", "年齢"], True),
        ("`x`", ["x"], True),
        ("log( x+1 )", ["log(x + 1)"], True),
        ("I(x^2)", ["I(x ** 2)"], True),
        ("bs(x,df=4)", ["bs(x, df=4)"], True),
        ("C(g,reference='b')", ["C(g, reference='b')"], True),
        ("C(g,levels=['b','a'])", ["C(g, levels=['b', 'a'])"], True),
        ("class_ + class", ["class_", "class"], True),
    ],
)
def test_terms_and_intercept(formula, terms, intercept):
    assert written(formula) == terms
    assert parse(formula).intercept is intercept


def test_variables_come_once_in_order_without_options():
    formula = "log(x) * `a b` + poly(y + x, 2) + C(g, reference=None) + offset(log(n))"
    assert variables(formula) == ("x", "a b", "y", "g", "n")
    assert variables("1") == ()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("passed ~ hours", ("passed", "hours")),
        ("  passed~hours + x ", ("passed", "hours + x")),
        ("hours", (None, "hours")),
        ("~ hours", (None, "hours")),
        ("`did pass` ~ hours", ("did pass", "hours")),
        ("`a~b` ~ `c~d`", ("a~b", "`c~d`")),
        ("y ~ C(g, reference='~')", ("y", "C(g, reference='~')")),
    ],
)
def test_split(formula, expected):
    assert split(formula) == expected


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("a ~ b ~ c", "a second '~'"),
        ("a ~", "nothing after '~'.*outcome ~ 1"),
        ("k/n ~ x", "left-hand side is 'k/n'.*trials=\"n\""),
        ("log(y) ~ x", "left-hand side is 'log\\(y\\)'"),
        ("cbind(k, n) ~ x", "trials="),
        ("1 ~ x", "left-hand side is '1'"),
    ],
)
def test_split_refuses(formula, sentence):
    with pytest.raises(DesignError, match=sentence):
        split(formula)


# -- what is refused ---------------------------------------------------------------------

REFUSED = {
    # programs
    "__import__('os').system('touch {path}')": "two underscores",
    "I(__import__('os').system('touch {path}'))": "two underscores",
    "__builtins__": "two underscores",
    "x.__class__": "dot after a name",
    "x.mean()": "dot after a name",
    "np.log(x)": "dot after a name.*log\\(x\\)",
    "I(x.values)": "dot after a name",
    "log(x).__class__": "dot after a name",
    "open('{path}', 'w')": "function open\\(\\) is not available",
    "eval('1')": "function eval\\(\\) is not available",
    'exec(\'open("{path}","w")\')': "function exec\\(\\) is not available",
    "I(eval('x'))": "function eval\\(\\) is not available",
    "getattr(x, 'y')": "function getattr\\(\\) is not available",
    "log(open('{path}', 'w'))": "function open\\(\\) is not available",
    "{{open('{path}', 'w')}}": "braces",
    "x + {{y}}": "braces",
    "I({{x: 1}})": "braces",
    "lambda: x": "'lambda' is a word of the Python language",
    "(lambda: x)()": "'lambda' is a word",
    "I((lambda v: v)(x))": "'lambda' is a word",
    "I([v for v in x])": "'for' is a word",
    "I(x if y else x)": "'if' is a word",
    "I(x or y)": "'or' is a word",
    "import os": "'import' is a word",
    "x; y": "character ';'",
    "x\\y": "backslash",
    "x := y": "':=' assigns a name",
    "I(x := 1)": "':=' assigns a name",
    "I(f'{{x}}')": "text with a prefix",
    "C(g, reference=f'a')": "text with a prefix",
    "C(g, reference=b'a')": "text with a prefix",
    "log(*x)": "star in front of an argument",
    "log(**x)": "star in front of an argument",
    "poly(x, *[2])": "star in front of an argument",
    "x[0]": "square brackets",
    "x['__class__']": "square brackets",
    "log(x)[0]": "square brackets",
    "I(x[0])": "square brackets",
    "I((x)[0])": "square brackets",
    "[x, y]": "square brackets",
    "[y / n]": "square brackets",
    "`x`(1)": "call of a back-ticked name",
    "(x)(y)": "found '\\('",
    "log(x)(y)": "found '\\('",
    "I((x)(y))": "found '\\('",
    "@x": "sign @",
    "x @ y": "sign @",
    "x & y": "character '&'",
    "!x": "character '!'",
    "x $ y": "character '\\$'",
    "x ? y": "character '\\?'",
    "x\x00": "character '\\\\x00'",
    "x %in% y": "%in%",
    "I(x % 2)": "%in%",
    "I(x // 2)": "found '/'",
    "I(x & y)": "character '&'",
    "I(~x)": "found '~'|inside the right-hand side",
    "I(x, y)": "I\\(\\) does not take y there",
    "I('x')": "I\\(\\) is given 'x'",
    "I([1, 2])": "I\\(\\) is given \\[1, 2\\]",
    "I((x, y))": "a tuple",
    "I(1 < x < 3)": "chain of comparisons",
    # other formula languages
    "(1 | log(g))": "a column of groups was expected",
    "x | g": "outside a group-level term",
    "x * (1 | g)": "inside parentheses|group-level term",
    "(1 | g) - (1 | h)": "group-level term after a minus",
    "(1 | g) + (1 | g)": "a second time",
    "(0 | g)": "without effects",
    "(x + offset(z) | g)": "offset",
    "(1 | g | h)": "was expected",
    "(1 | g)**2": "group-level term in a product",
    ".": "'.' for all other columns",
    "x + .": "'.' for all other columns",
    "x ~ y": "'~' inside the right-hand side",
    "2 * x": "number 2 used as a term.*I\\(2 \\* x\\)",
    "x * 2": "number 2 in a product",
    "x:0": "number 0 in a product",
    "2": "number 2 used as a term",
    "0.5": "number 0.5 used as a term",
    "1:x": "number 1 used as a term",
    "(x + 1):y": "1 inside parentheses",
    "(x - 1)": "1 inside parentheses",
    "x**y": "the power 'y'",
    "x**0": "the power '0'",
    "x**11": "the power '11'",
    "x**2.5": "the power '2.5'",
    "x**-1": "the power '-'",
    "x**999999999999": "the power",
    "(x + y)**2**2": "power of a power",
    "'x'": "the text 'x'",
    "factor(g)": "factor\\(\\) is not available.*C\\(g, reference",
    "C(g, Treatment('b'))": "Treatment\\(\\) is not available.*C\\(g, reference",
    "C(g, contr.treatment)": "dot after a name",
    "t2(x)": "function t2\\(\\) is not available",
    "te(x, y)": "function te\\(\\)",
    "lg(x)": "function lg\\(\\) is not available.*Did you mean 'log'",
    "Log(x)": "Did you mean 'log'",
    "cs(x, df=4)": "cs\\(\\) is not available",
    "Q('x')": "Q\\(\\) is not available",
    # broken
    "": "the formula is empty",
    "   ": "the formula is empty",
    "x +": "ends where a column name was expected",
    "x y": "found 'y' where an operator",
    "x + * y": "found '\\*'",
    "* x": "found '\\*'",
    "x :: y": "found ':'",
    "(x": "ends where an operator or '\\)'",
    "x)": "found '\\)'",
    "()": "found '\\)'",
    "log(": "ends where a column name or a number",
    "log(x": "ends where",
    "log()": "log\\(\\) has no column",
    "log(,)": "found ','",
    "log(x y)": "found 'y'",
    "I([x": "ends where|is given",
    "I([1 2])": "'2' in a list",
    "C(g, levels=[1": "ends where ']'",
    "``": "back-tick",
    "`x": "back-tick",
    "C(g, reference='b)": "quotation mark",
    'C(g, reference="b)': "quotation mark",
    "3x": "number 3 used as a term|found 'x'",
    "1 2": "found '2'",
    "x, y": "found ','",
    "x = y": "found '='",
    "x < y": "found '<'",
    "0": "neither predictors nor an intercept",
    "-1": "neither predictors nor an intercept",
    "x - x - 1": "neither predictors nor an intercept",
    "x - y": "'- y' removes a term that is not there.*'x'",
    "-x": "'- x' removes a term",
    # options
    "log(x, base=2)": "log\\(\\) has no option 'base'",
    "log(base=2)": "log\\(\\) has no column",
    "log(1)": "log\\(1\\) uses no column",
    "poly(x)": "poly\\(\\) has no degree",
    "poly(x, 0)": "option 'degree' of poly\\(\\) is 0.*from 1 to 20",
    "poly(x, 21)": "option 'degree' of poly\\(\\) is 21",
    "poly(x, 2.5)": "option 'degree' of poly\\(\\) is 2.5",
    "poly(x, 2, degree=2)": "given 'degree' twice",
    "poly(x, degree=y)": "option 'degree' of poly\\(\\) is y",
    "poly(x, degree=log(y))": "option 'degree' of poly\\(\\) is log\\(y\\)",
    "poly(x, degree=2, degree=3)": "'degree' is given twice",
    "poly(degree=2, x)": "found 'x' where another option",
    "bs(x, df=2)": "df=2, less than its degree 3",
    "bs(x, df=4, knots=[1])": "both df and knots",
    "bs(x, knots=[2, 1])": "Expected increasing numbers",
    "bs(x, knots=['a'])": "option 'knots' of bs\\(\\) is \\['a'\\]",
    "bs(x, knots=[1e999])": "option 'knots'",
    "bs(x, df=99999)": "option 'df' of bs\\(\\) is 99999.*1 to 200",
    "bs(x, df=True)": "option 'df' of bs\\(\\) is True",
    "bs(x, dof=4)": "no option 'dof'.*Did you mean 'df'",
    "bs(x, df=4, extrapolation='na')": "'raise', 'clip', 'extend' or 'zero'",
    "cr(x)": "neither df nor knots",
    "cr(x, df=3, constraints='center')": "no option 'constraints'",
    "C(g, 'b')": "C\\(\\) does not take 'b' there",
    "C(g, reference=[1])": "option 'reference' of C\\(\\) is \\[1\\].*one of the levels",
    "C(g, levels='a')": "option 'levels' of C\\(\\) is 'a'.*a list of levels",
    "C(g, levels=[])": "option 'levels' of C\\(\\) is \\[\\]",
    "C(g, ref='a')": "no option 'ref'.*It takes 'reference'",
    "C(x + y)": "C\\(\\) is given x \\+ y",
    "C(I(x))": "C\\(\\) is given I\\(x\\)|I\\(\\) inside",
    "C(g, reference='\\n')": "backslash in the text",
    "log(C(g))": "C\\(\\) inside log\\(\\)",
    "log(bs(x, df=4))": "bs\\(\\) inside log\\(\\)",
    "I(poly(x, 2) * 2)": "poly\\(\\) inside I\\(\\)",
    "log(offset(x))": "offset\\(\\) inside log\\(\\)",
    "offset(offset(x))": "offset\\(\\) inside offset\\(\\)",
    "x * offset(y)": "offset\\(\\) in a product",
    "x - offset(y)": "offset\\(\\) in a product, in parentheses or after a minus",
    "(x + offset(y))": "offset\\(\\) in a product, in parentheses",
    # sizes
    "(" * 51 + "x" + ")" * 51: "more than 50 parentheses",
    "(" * 4000: "more than 50 parentheses",
    "I(" + "-" * 60 + "x)": "more than 50 parentheses",
    "I(" + "x**" * 60 + "x)": "more than 50 parentheses",
    "I(" + "log(" * 60 + "x": "more than 50 parentheses",
    "I(" + "+".join("x" * 200) + ")": "more than 150 operations",
    "C(g, levels=" + "[" * 60: "more than 50 parentheses",
    "+".join(["x"] * 5001): "10001 characters; at most 10000",
    "*".join(f"a{i}" for i in range(20)): "more than 2000 products",
    "(" + "+".join(f"a{i}" for i in range(40)) + ")**10": "more than 2000 products",
    ":".join(f"a{i}" for i in range(60)): "more than 50 factors",
}


@pytest.fixture
def sentinel(tmp_path):
    """A path that no formula may create."""
    from_formula("bs(x, df=3)", TABLE)  # imports what a spline needs: imports do compile
    yield tmp_path / "sentinel"
    assert not (tmp_path / "sentinel").exists()


@contextmanager
def nothing_runs():
    """Fail if an evaluator of Python, a file or a new module is reached inside."""
    with pytest.MonkeyPatch.context() as patch:
        reached = []

        def trap(name):
            def trapped(*args, **kwargs):
                reached.append((name, args[:1]))
                raise AssertionError(f"{name} was reached")

            return trapped

        importer, refused = builtins.__import__, trap("__import__")

        def only_known(name, *args, **kwargs):
            return (importer if name in sys.modules else refused)(name, *args, **kwargs)

        for name in ("eval", "exec", "compile", "open"):
            patch.setattr(builtins, name, trap(name))
        patch.setattr(builtins, "__import__", only_known)
        yield
    assert reached == []


@contextmanager
def calls():
    """Count the calls of functions inside, of Python and of C: work that no clock measures."""
    made = [0]

    def count(frame, event, argument):
        made[0] += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield made
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize(("formula", "sentence"), REFUSED.items(), ids=lambda s: s[:40])
def test_what_is_not_allowed_is_refused_and_never_run(formula, sentence, sentinel):
    formula = formula.replace("{path}", str(sentinel)).replace("{{", "{").replace("}}", "}")
    with nothing_runs(), pytest.raises(DesignError, match=sentence) as caught, calls() as made:
        from_formula(formula, TABLE)
    # A formula may have 2 000 products, and each is made by some ten calls; what multiplies out to
    # more must be refused on the way there, not when millions have been made.
    assert made[0] < 30 * 10_000
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "column", ["x.mean", "__import__('os')", "{x}", "lambda: 0", "a b", "1", "log(x)", "x\ty", "ï€"]
)
def test_any_name_is_only_a_name_in_back_ticks(column):
    with nothing_runs():
        design = from_formula(f"`{column}`", read({column: [1.0, 2.0]}))
    assert design.names == ("Intercept", column)
    with pytest.raises(DesignError, match="no column"):
        from_formula(f"`{column}`", TABLE)


def test_caller_variables_are_not_seen():
    hours = np.array([1.0, 2.0, 3.0, 4.0])
    assert len(hours) == 4
    with pytest.raises(DesignError, match=r"no column 'hours'.*'x', 'y', 'g'"):
        from_formula("hours", TABLE)
    with pytest.raises(DesignError, match="no column 'np'"):
        from_formula("np", TABLE)


def test_a_misspelt_column_gets_the_nearest_name():
    with pytest.raises(DesignError, match="Did you mean 'hours'"):
        from_formula("hous", read({"hours": [1.0, 2.0]}))


def test_formula_must_be_text():
    with pytest.raises(DesignError, match="formula is a int; text"):
        parse(3)  # type: ignore[arg-type]


def test_nothing_is_evaluated_for_allowed_formulas(sentinel):
    formula = "C(g, reference='b') * log(x) + bs(x, df=3) + poly(y, 2) + I((x > 1) ** 2) - 1"
    with nothing_runs():
        design = from_formula(formula, TABLE)
        design.code(TABLE)


@settings(deadline=None)
@given(st.text(max_size=60))
@example("\u202e`x`")
@example("x\n+\ny")
def test_any_text_is_read_or_refused(text):
    with suppress(DesignError):
        parse(text)


@settings(deadline=None)
@given(st.text(alphabet="xyg01 +-*/:^()[],='`.~|IClogbs<>", max_size=40))
def test_any_text_of_formula_characters_is_read_or_refused(text):
    try:
        formula = parse(text)
    except DesignError:
        return
    again = parse(" + ".join(written(text)) or "1")
    assert {frozenset(f.text for f in t) for t in again.terms} == {
        frozenset(f.text for f in t) for t in formula.terms
    }


_leaf = st.one_of(
    st.sampled_from(["x", "y", "total"]).map(Name),
    st.integers(0, 1000).map(Number),
    st.floats(0, 1e6, allow_nan=False).map(Number),
)
_tree = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(Unary, st.sampled_from(["-", "+"]), inner),
        inner.map(lambda node: Call("log", (Binary("+", Name("x"), node),))),
    ),
    max_leaves=12,
)


class _Floats(ast.NodeTransformer):
    """Whole numbers as floats: a tower of powers overflows then, and does not run for hours."""

    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(float(node.value)), node)


def _by_python(text, values):
    tree = ast.fix_missing_locations(_Floats().visit(ast.parse(text, mode="eval")))
    return eval(compile(tree, "<formula>", "eval"), {"__builtins__": {}}, values)


@settings(deadline=None)
@given(_tree)
@example(Binary("**", Number(917), Binary("**", Number(913), Number(9))))
def test_expressions_are_written_as_python_reads_them(node):
    # The text is read by our grammar to the same tree, and has the meaning that Python,
    # here only as a judge of the grammar, gives it.
    call = Call("I", (Binary("+", Name("x"), node),))
    (term,) = parse(call.text).terms
    assert term == (call,)
    assert ast.unparse(ast.parse(call.text)).replace("(", "").replace(")", "") == call.text.replace(
        "(", ""
    ).replace(")", "")
    values = {"x": 2.0, "y": 3.0, "total": 5.0, "I": lambda v: v, "log": np.log}
    with np.errstate(all="ignore"):
        try:
            by_python = _by_python(call.text, values)
        except (OverflowError, ZeroDivisionError):
            return
        try:
            ours = from_formula(call.text, read({"x": [2.0], "y": [3.0], "total": [5.0]})).X[0, 1]
        except DesignError:
            return
    np.testing.assert_allclose(ours, by_python, rtol=1e-9)
