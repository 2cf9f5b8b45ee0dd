"""Small tables that seldom change: currencies, countries, payment methods, own bank accounts.

They are kept for an hour. What they do not hold is sought again after a minute: a person may have just entered it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from kinetic_wise.epicor import values
from kinetic_wise.epicor.errors import ConfigurationMissing, Unreadable
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import BANK_ACCOUNTS, COUNTRIES, CURRENCIES, METHODS
from kinetic_wise.epicor.values import Row

_T = TypeVar("_T")
_KEPT, _SOON = timedelta(hours=1), timedelta(minutes=1)
_ISO_CURRENCY = re.compile("[A-Z]{3}")
_OURS = "wise"  # how a site marks its payment method and bank account for us
_MANUAL, _PAYABLE = 0, 0  # PayMethod.Type, PayMethod.PMSource (7.5)


@dataclass
class Tables:
    """Looks things up in Epicor's small tables, per company."""

    service: Service
    _kept: dict[tuple[str, str], tuple[datetime, Any]] = field(default_factory=dict, init=False)

    def iso_currency(self, company: str, code: str) -> str:
        """The ISO 4217 code of an internal currency code, which may differ (pitfall 13). Raises Unreadable."""
        iso = self._sought("currencies", company, lambda: self._iso_currency(company, code))
        if iso is None:
            raise Unreadable(f"currency {code!r} has no ISO code (ISOCurrCode in Currency Maintenance)")
        return iso

    def _iso_currency(self, company: str, code: str) -> str | None:
        row = self._currencies(company).get(code)
        iso = values.text(row, "ISOCurrCode").strip() if row else ""
        return iso if _ISO_CURRENCY.fullmatch(iso) else None

    def iso_country(self, company: str, country_num: int) -> str:
        """The ISO 3166 alpha-2 code of a country number; "" where Epicor has none."""
        return self._countries(company).get(country_num, "")

    def bank_account(self, company: str, currency_code: str) -> str:
        """Our own BankAcct to pay from: as set, else the one for Wise in this currency, or in the company's.

        Raises ConfigurationMissing when that leaves none or several.
        """
        options = self.service.options
        if options.bank_account_id:
            return options.bank_account_id
        row = self._sought("bank accounts", company, lambda: self._single_account(company, currency_code))
        if row is None:
            raise _unsettled("bank_account_id", company, self._bank_accounts(company), "BankAcctID", "Description")
        return values.text(row, "BankAcctID")

    def _single_account(self, company: str, currency_code: str) -> Row | None:
        found = self._bank_accounts(company)
        ours = [row for row in found if _is_ours(row, "Description", "BankName", "BankAcctID")]
        if len(ours) > 1:
            ours = _in_currency(ours, currency_code) or _in_currency(ours, self._base_currency(company)) or ours
        return _single(ours or found)

    def bank_accounts(self, company: str) -> tuple[str, ...]:
        """All our own BankAccts to pay from: as set, else those for Wise. Raises ConfigurationMissing without any."""
        options = self.service.options
        if options.bank_account_id:
            return (options.bank_account_id,)
        found = self._bank_accounts(company)
        ours = [row for row in found if _is_ours(row, "Description", "BankName", "BankAcctID")] or found
        if not ours or (ours is found and len(found) > 1):
            raise _unsettled("bank_account_id", company, found, "BankAcctID", "Description")
        return tuple(values.text(row, "BankAcctID") for row in ours)

    def payment_method(self, company: str) -> int:
        """The PMUID of the manual payment method for Wise: as set, else found. Raises ConfigurationMissing."""
        options = self.service.options
        if options.payment_method is not None:
            return options.payment_method
        row = self._sought("payment methods", company, lambda: self._single_method(company))
        if row is None:
            raise _unsettled("payment_method", company, self._payment_methods(company), "PMUID", "Name")
        return values.number(row, "PMUID")

    def _single_method(self, company: str) -> Row | None:
        found = self._payment_methods(company)
        return _single([row for row in found if _is_ours(row, "Name")] or found)

    def marked_methods(self, company: str) -> frozenset[int]:
        """The PMUIDs by which a site marks invoices for Wise: as set, else those whose name says so (5.3).

        Raises ConfigurationMissing when there is none: no other method may stand for it.
        """
        options = self.service.options
        if options.payment_method is not None:
            return frozenset({options.payment_method})
        marked = self._sought("payment methods", company, lambda: self._marked(company))
        if marked is None:
            raise _unsettled("payment_method", company, self._payment_methods(company), "PMUID", "Name")
        return marked

    def _marked(self, company: str) -> frozenset[int] | None:
        found = self._payment_methods(company)
        return frozenset(values.number(row, "PMUID") for row in found if _is_ours(row, "Name")) or None

    def _base_currency(self, company: str) -> str:
        bases = [code for code, row in self._currencies(company).items() if row.get("BaseCurr") is True]
        return bases[0] if len(bases) == 1 else ""

    def _currencies(self, company: str) -> dict[str, Row]:
        def read() -> dict[str, Row]:
            columns = "CurrencyCode,ISOCurrCode,BaseCurr"
            rows = self.service.every_row(company, CURRENCIES, columns)
            return {values.text(row, "CurrencyCode"): row for row in rows}

        return self._keep("currencies", company, read)

    def _countries(self, company: str) -> dict[int, str]:
        def read() -> dict[int, str]:
            rows = self.service.every_row(company, COUNTRIES, "CountryNum,ISOCode")
            return {values.number(row, "CountryNum"): values.text(row, "ISOCode").strip().upper() for row in rows}

        return self._keep("countries", company, read)

    def _bank_accounts(self, company: str) -> list[Row]:
        def read() -> list[Row]:
            columns = "BankAcctID,Description,BankName,CurrencyCode,Closed"
            rows = self.service.every_row(company, BANK_ACCOUNTS, columns)
            by_id = {values.text(row, "BankAcctID"): row for row in rows}
            return [row for row in by_id.values() if not values.flag(row, "Closed")]

        return self._keep("bank accounts", company, read)

    def _payment_methods(self, company: str) -> list[Row]:
        def read() -> list[Row]:
            columns = "PMUID,Name,Type,PMSource,Inactive"
            rows = self.service.every_row(company, METHODS, columns)
            by_id = {values.number(row, "PMUID"): row for row in rows}
            return [row for row in by_id.values() if _is_manual(row)]

        return self._keep("payment methods", company, read)

    def _keep(self, name: str, company: str, read: Callable[[], _T]) -> _T:
        if self._is_older(name, company, _KEPT):
            self._kept[name, company] = (self.service.transport.now(), read())
        kept: _T = self._kept[name, company][1]
        return kept

    def _is_older(self, name: str, company: str, age: timedelta) -> bool:
        found = self._kept.get((name, company))
        return found is None or found[0] + age <= self.service.transport.now()

    def _sought(self, name: str, company: str, seek: Callable[[], _T | None]) -> _T | None:
        """What `seek` finds in the table of that name; found nowhere in one that is not fresh, in a fresh one."""
        found = seek()
        if found is None and self._is_older(name, company, _SOON):
            del self._kept[name, company]
            found = seek()
        return found


def _is_manual(row: Row) -> bool:
    kind, source = values.number(row, "Type"), values.number(row, "PMSource")
    return kind == _MANUAL and source == _PAYABLE and not values.flag(row, "Inactive")


def _is_ours(row: Row, *columns: str) -> bool:
    return any(_OURS in values.text(row, column).lower() for column in columns)


def _in_currency(rows: Iterable[Row], currency_code: str) -> list[Row]:
    return [row for row in rows if values.text(row, "CurrencyCode") == currency_code]


def _single(rows: list[Row]) -> Row | None:
    return rows[0] if len(rows) == 1 else None


def _unsettled(setting: str, company: str, rows: list[Row], key: str, name: str) -> ConfigurationMissing:
    candidates = ", ".join(f"{row.get(key)} ({values.text(row, name)})" for row in rows) or "none"
    return ConfigurationMissing(
        f"set `{setting}`: company {company} has no single one for Wise; there are {candidates}"
    )
