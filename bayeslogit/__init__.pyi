"""The public names for type checkers; at run time each loads when it is first asked for."""

from bayeslogit import simulate as simulate
from bayeslogit.answers.comparison.compare import compare as compare
from bayeslogit.builders import binomial as binomial
from bayeslogit.builders import logistic as logistic
from bayeslogit.builders import multinomial as multinomial
from bayeslogit.builders import ordinal as ordinal
from bayeslogit.datasets import DATASETS as DATASETS
from bayeslogit.datasets import load_dataset as load_dataset
from bayeslogit.errors import BayesLogitError as BayesLogitError
from bayeslogit.errors import BayesLogitWarning as BayesLogitWarning
from bayeslogit.errors import DesignError as DesignError
from bayeslogit.errors import FitFailed as FitFailed
from bayeslogit.errors import MethodRefused as MethodRefused
from bayeslogit.errors import PriorError as PriorError
from bayeslogit.errors import Problem as Problem
from bayeslogit.errors import ResponseError as ResponseError
from bayeslogit.errors import StorageError as StorageError
from bayeslogit.estimator import LogisticClassifier as LogisticClassifier
from bayeslogit.families import FAMILIES as FAMILIES
from bayeslogit.families import LINKS as LINKS
from bayeslogit.inference import METHODS as METHODS
from bayeslogit.loading import load as load
from bayeslogit.model import Fit as Fit
from bayeslogit.model import Model as Model
from bayeslogit.priors import PRIORS as PRIORS
from bayeslogit.priors import Cauchy as Cauchy
from bayeslogit.priors import Dirichlet as Dirichlet
from bayeslogit.priors import Flat as Flat
from bayeslogit.priors import GaussianPrior as GaussianPrior
from bayeslogit.priors import Normal as Normal
from bayeslogit.priors import StudentT as StudentT
from bayeslogit.priors import ZeroSum as ZeroSum
from bayeslogit.priors.exponential_tails import Laplace as Laplace
from bayeslogit.priors.exponential_tails import Logistic as Logistic
from bayeslogit.priors.gaussian_process import GaussianProcess as GaussianProcess
from bayeslogit.priors.learned import Hierarchical as Hierarchical
from bayeslogit.priors.monotonic import Monotonic as Monotonic
from bayeslogit.priors.scales import LKJ as LKJ
from bayeslogit.priors.scales import Exponential as Exponential
from bayeslogit.priors.scales import HalfNormal as HalfNormal
from bayeslogit.priors.scales import HalfStudentT as HalfStudentT
from bayeslogit.priors.shrinkage import R2D2 as R2D2
from bayeslogit.priors.shrinkage import Horseshoe as Horseshoe

__version__: str
