"""Open periods: the earliest day that Epicor still books on (EADSvc), company and accounts payable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kinetic_wise.epicor import values
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.values import Row
from kinetic_wise.transport import AccessRefused, Refused, TokenRejected

_COMPANY = "Erp.BO.EADSvc/EADs"
_MODULES = "Erp.BO.EADSvc/EADTypes"
_PAYABLE = "AP"
_DATE = "EarliestApplyDate"


@dataclass
class Periods:
    """Reads which days are still open."""

    service: Service

    def earliest_day(self, company: str) -> date | None:
        """The first day on which payables may be booked; None where Epicor sets none, or does not let us read it."""
        try:
            rows = self.service.rows(company, _COMPANY, _DATE, "", "Company")
            rows += [row for row in self._modules(company) if row.get("EADType1") == _PAYABLE]
        except TokenRejected:
            raise
        except (Refused, AccessRefused):
            return None  # neither service nor right is needed for paying: then today counts as open
        return max((day for row in rows if (day := values.day(row, _DATE)) is not None), default=None)

    def _modules(self, company: str) -> list[Row]:
        """One row a module. The column is EADType in methods and EADType1 in sets: a set is named like it ([S])."""
        return self.service.rows(company, _MODULES, f"EADType1,{_DATE}", "", "EADType1")
