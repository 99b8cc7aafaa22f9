"""What the tables that ship with the package are: contents, question, source, licence."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DATASETS", "Dataset"]

_FACTS = "facts, as published"  # figures of a publication: no one's property, to be cited


@dataclass(frozen=True)
class Dataset:
    """What a table is.

    Parameters
    ----------
    about : str
        What a row is, and what is known of it.
    question : str
        What one may want to know from it.
    source : str
        Where it comes from, with a DOI where there is one.
    licence : str
        On what terms it may be passed on.

    See Also
    --------
    bayeslogit.list_datasets : All of them, as a table.

    Examples
    --------
    >>> DATASETS["exam"].question
    'How does the chance of passing grow with the hours of study?'
    """

    about: str
    question: str
    source: str
    licence: str = _FACTS


DATASETS = {
    "admissions": Dataset(
        "12 groups of 4526 applicants to the six largest departments of a university in 1973: "
        "department, sex, applicants, and how many were admitted",
        "Were women treated worse than men, or did they apply where few are admitted?",
        "Bickel, Hammel and O'Connell 1975, Science 187, 398-404, "
        "doi:10.1126/science.187.4175.398; as in R's datasets",
    ),
    "beetles": Dataset(
        "8 doses of carbon disulphide (log10 of mg per litre): beetles, and how many were killed",
        "Which link describes the curve of dose and death?",
        "Bliss 1935, Annals of Applied Biology 22, 134-167, doi:10.1111/j.1744-7348.1935.tb07713.x",
    ),
    "birthweight": Dataset(
        "189 births in a hospital in Massachusetts in 1986: low is 1 below 2500 g; age and weight "
        "(in pounds, before) of the mother, race, smoker, earlier premature labours, hypertension, "
        "uterine irritability, visits to a physician, and the birth weight in grams",
        "Which women are at a high risk of a child of low birth weight, and whom to look after?",
        "Hosmer and Lemeshow 1989, Applied Logistic Regression, Wiley, appendix 1; as in R's MASS",
    ),
    "customers": Dataset(
        "2357 customers of an internet music shop, a tenth of those who first bought in early "
        "1997: orders, discs and dollars until September, weeks known, weeks since the last "
        "order, and whether they bought again (1) in the nine months after",
        "Which customers will come back, and which are lost?",
        "Fader and Hardie 2001, Interfaces 31(3), S94-S107, doi:10.1287/inte.31.3s.94.9683",
        "MIT, as distributed with Python's lifetimes",
    ),
    "exam": Dataset(
        "20 students: hours studied, passed (1) or not (0)",
        "How does the chance of passing grow with the hours of study?",
        "the worked example of the encyclopedia article 'Logistic regression'",
    ),
    "housing": Dataset(
        "72 groups of 1681 Copenhagen households: satisfaction by influence, type of housing and "
        "contact, with frequencies",
        "What makes people satisfied with where they live?",
        "Madsen 1976, Scandinavian Journal of Statistics 3, 97-106; as in R's MASS",
    ),
    "infert": Dataset(
        "248 women in 83 sets of an infertile one (case 1) and one or two others (0), matched on "
        "age, parity and schooling: numbers of induced and spontaneous abortions",
        "Do earlier abortions go with later infertility?",
        "Trichopoulos et al. 1976, British Journal of Obstetrics and Gynaecology 83, 645-650, "
        "doi:10.1111/j.1471-0528.1976.tb00904.x; as in R's datasets",
    ),
    "labour": Dataset(
        "753 married women in 1975: works for pay (1) or not (0), children up to 5 and from 6 "
        "years, age, years of schooling and experience, other income in thousands of dollars",
        "Who works for pay, and how much do small children matter?",
        "Mroz 1987, Econometrica 55, 765-799, doi:10.2307/1911029; as in R's AER",
    ),
    "mortgages": Dataset(
        "2380 applications in Boston in 1990: denied (1) or not (0), payments and loan as shares "
        "of income and value, credit history (1 best to 6), public bad record, self-employed, "
        "single, black",
        "Whose mortgage is denied, and are black applicants treated alike?",
        "Munnell et al. 1996, American Economic Review 86, 25-53, and the Federal Reserve Bank of "
        "Boston; as in R's AER",
        "public data of the Federal Reserve Bank of Boston",
    ),
    "orings": Dataset(
        "23 flights of the space shuttle before January 1986: temperature at launch (degrees "
        "Fahrenheit), pressure of the leak test, damaged ones of six joints",
        "What was to be expected at 31 degrees, on the morning of the last flight of Challenger?",
        "Dalal, Fowlkes and Hoadley 1989, Journal of the American Statistical Association 84, "
        "945-957, doi:10.1080/01621459.1989.10478858",
    ),
    "parties": Dataset(
        "944 voters in the United States in 1996: party they feel close to, intended vote, age, "
        "schooling, household income (thousands of dollars), days a week of television news",
        "How do age, schooling and income go with the party?",
        "American National Election Studies 1996; as in Python's statsmodels",
        "public domain",
    ),
    "schools": Dataset(
        "1329 students of 30 high schools in the United States in 1982: whether their score in "
        "mathematics is in the top quarter of all 7185 students of the survey (1), socio-economic "
        "status, sex, minority, public or catholic school",
        "Do schools still differ, once the background of their students is allowed for?",
        "High School and Beyond, National Center for Education Statistics; the first 30 of the 160 "
        "schools in Bryk and Raudenbush 1992, Hierarchical Linear Models, as in R's nlme",
        "public domain: a survey of the United States Department of Education",
    ),
    "seeds": Dataset(
        "21 plates: germinated of n seeds, by seed type x1 and root extract x2",
        "Which extract makes which seeds germinate, and do plates of one kind differ?",
        "Crowder 1978, Applied Statistics 27, 34-37, doi:10.2307/2346223; the 'Seeds' example of "
        "BUGS",
    ),
    "surgical": Dataset(
        "12 hospitals: heart operations of infants, and deaths",
        "Which hospital is best, and how sure can one be?",
        "Spiegelhalter, Thomas, Best and Gilks 1996, BUGS 0.5 Examples Volume 1, 'Surgical'",
    ),
    "travel": Dataset(
        "840 rows, the four modes of each of 210 trips between Sydney and Melbourne: chosen (1) or "
        "not (0), minutes of waiting at the terminal, cost and time in the vehicle, both together "
        "in dollars (general_cost), income of the household in thousands, people in the party",
        "What would a cheaper or a quicker train take from the car and the plane?",
        "Greene and Hensher 1997, in Greene, LIMDEP version 7.0 user's manual; as in Python's "
        "statsmodels",
        "public domain",
    ),
    "wine": Dataset(
        "72 ratings of bitterness from 1 to 5 by nine judges: temperature and contact with the "
        "skins in the making of the wine, bottle",
        "Do warmth and contact make a wine bitter, though judges use the scale each in their way?",
        "Randall 1989, Biometrical Journal 31, 781-793, doi:10.1002/bimj.4710310104; as in R's "
        "ordinal",
    ),
}
