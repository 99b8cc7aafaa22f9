"""Links, one file each: a linear predictor becomes a probability; ``LINKS`` is the registry."""

from __future__ import annotations

from bayeslogit.families.links.base import Link
from bayeslogit.families.links.cauchit import Cauchit
from bayeslogit.families.links.cloglog import Cloglog
from bayeslogit.families.links.identity import Identity
from bayeslogit.families.links.log import Log
from bayeslogit.families.links.logit import Logit
from bayeslogit.families.links.loglog import Loglog
from bayeslogit.families.links.probit import Probit

__all__ = [
    "LINKS", "Cauchit", "Cloglog", "Identity", "Link", "Log", "Logit", "Loglog", "Probit",
]  # fmt: skip

LINKS: dict[str, Link] = {
    "logit": Logit(),
    "probit": Probit(),
    "cloglog": Cloglog(),
    "loglog": Loglog(),
    "cauchit": Cauchit(),
    "log": Log(),
    "identity": Identity(),
}
