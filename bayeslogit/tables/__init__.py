"""Tables: read from data frames of any library; written as pandas tables that print whole.

The answers are a class of pandas, so that name loads when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayeslogit.runtime.on_demand import on_demand

if TYPE_CHECKING:
    from bayeslogit.tables.answer import Answer, beside, columns_of
    from bayeslogit.tables.written import Written

__all__ = ["Answer", "Written", "beside", "columns_of"]

__getattr__ = on_demand(
    __name__,
    {"Answer": "answer", "Written": "written", "beside": "answer", "columns_of": "answer"},
)
