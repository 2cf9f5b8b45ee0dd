"""Whether Epicor is set up to pay by Wise: currencies, payment method, bank accounts, open days (7.5, section 9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from kinetic_wise.epicor import values
from kinetic_wise.epicor.diagnosis.findings import Finding, failed, fault, ok, warning
from kinetic_wise.epicor.errors import ConfigurationMissing
from kinetic_wise.epicor.periods import Periods
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import BANK_ACCOUNTS, CURRENCIES, METHODS
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.values import Row
from kinetic_wise.transport import RemoteError

_ISO_CURRENCY = re.compile("[A-Z]{3}")
_MANUAL, _PAYABLE = 0, 0  # PayMethod.Type, PayMethod.PMSource


@dataclass
class SetUp:
    """Looks at the set-up tables of one company."""

    service: Service
    company: str
    tables: Tables = field(init=False)

    def __post_init__(self) -> None:
        self.tables = Tables(self.service)

    def look(self, currency_codes: Iterable[str], bank_fee_id: str) -> list[Finding]:
        """All findings; `currency_codes` are those of invoices that wait to be paid."""
        looks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
            ("currencies", self._currencies),
            ("payment method", self._method),
            ("bank account", lambda: self._accounts(sorted(set(currency_codes)))),
            ("bank fee", lambda: self._fee(bank_fee_id)),
            ("open days", self._open_days),
        )
        findings: list[Finding] = []
        for check, find in looks:
            try:
                findings += find()
            except RemoteError as error:
                findings.append(failed(check, error))
        return findings

    def _rows(self, entity_set: str, columns: str) -> list[Row]:
        rows = self.service.every_row(self.company, entity_set, columns)
        key = columns.partition(",")[0]
        return list({row.get(key): row for row in rows}.values())  # one written meanwhile comes again

    def _currencies(self) -> Iterator[Finding]:
        rows = self._rows(CURRENCIES, "CurrencyCode,ISOCurrCode,BaseCurr,Inactive")
        lacking = [
            values.text(row, "CurrencyCode")
            for row in rows
            if not row.get("Inactive") and not _ISO_CURRENCY.fullmatch(values.text(row, "ISOCurrCode").strip())
        ]
        if lacking:
            text = f"without an ISO code: {', '.join(lacking)}; invoices in them are held (currency_without_iso)"
            yield warning("currencies", text, "fill ISOCurrCode in Currency Maintenance, if Wise is to pay in them")
        else:
            yield ok("currencies", f"all {len(rows)} have an ISO code")

    def _method(self) -> Iterator[Finding]:
        number = self.tables.payment_method(self.company)
        columns = "PMUID,Name,Type,PMSource,Inactive,OnlyBankCurr,EnterPymtTotal"
        rows = self._rows(METHODS, columns)
        row = next((row for row in rows if row.get("PMUID") == number), None)
        if row is None:
            yield fault("payment method", f"there is no payment method {number}", "correct `payment_method`")
            return
        named = f"payment method {number} ({values.text(row, 'Name')})"
        problems = list(_method_problems(named, row))
        yield from problems or [ok("payment method", f"{named} is a manual one of payables")]

    def _accounts(self, currency_codes: list[str]) -> Iterator[Finding]:
        chosen = {code: self.tables.bank_account(self.company, code) for code in currency_codes or [""]}
        columns = "BankAcctID,Description,CurrencyCode,Closed"
        rows = {values.text(row, "BankAcctID"): row for row in self._rows(BANK_ACCOUNTS, columns)}
        for account in dict.fromkeys(chosen.values()):
            codes = [code for code, found in chosen.items() if found == account and code]
            yield _account(account, rows.get(account), codes)

    def _fee(self, bank_fee_id: str) -> Iterator[Finding]:
        if not bank_fee_id:
            return
        known = [values.text(row, "BankFeeID") for row in self._rows("Erp.BO.BankFeeSvc/BankFees", "BankFeeID")]
        if bank_fee_id in known:
            yield ok("bank fee", f"Wise's fee is booked as {bank_fee_id}")
        else:
            text = f"there is no bank fee {bank_fee_id}; there are {', '.join(known) or 'none'}"
            yield fault("bank fee", text, "correct `bank_fee_id`, or add it in Bank Fee Maintenance")

    def _open_days(self) -> Iterator[Finding]:
        first, today = Periods(self.service).earliest_day(self.company), self.service.today
        if first is None:
            text = "no earliest apply date can be read: a payment into a closed period is seen when it is not posted"
            yield warning("open days", text, "put Erp.BO.EADSvc into the API key's access scope, or set the date")
        elif first > today:
            text = f"payables may be booked from {first} on, and today is {today}"
            yield fault("open days", text, "open the fiscal period, or set back the earliest apply date")
        else:
            yield ok("open days", f"payables may be booked from {first} on")


def _method_problems(named: str, row: Row) -> Iterator[Finding]:
    if row.get("Inactive"):
        yield fault("payment method", f"{named} is inactive", "activate it, or name another in `payment_method`")
    if row.get("PMSource") != _PAYABLE:
        yield fault("payment method", f"{named} is one of receivables", "name another in `payment_method`")
    if row.get("Type") != _MANUAL:
        text = f"{named} is not a manual one (Type {row.get('Type')}): with its bank file a colleague could pay again"
        yield warning("payment method", text, "use a method of Type 0, or make sure that its export does nothing")
    if row.get("OnlyBankCurr"):
        text = f"{named} allows the bank account's currency only"
        yield warning("payment method", text, "keep a bank account for Wise in each currency, or clear the mark")
    if row.get("EnterPymtTotal"):
        text = f"{named} wants a payment total typed in"
        yield fault("payment method", text, "clear that mark: unattended nobody types it")


def _account(account: str, row: Row | None, codes: list[str]) -> Finding:
    pays = f" (pays {', '.join(codes)})" if codes else ""
    if row is None:
        return fault("bank account", f"there is no bank account {account}{pays}", "correct `bank_account_id`")
    if row.get("Closed"):
        return fault("bank account", f"bank account {account} is closed{pays}", "correct `bank_account_id`")
    return ok("bank account", f"{account}, {values.text(row, 'Description')!r} in {row.get('CurrencyCode')}{pays}")


def unsettled(error: ConfigurationMissing) -> Finding:
    """A setting without which nothing is read."""
    return fault("settings", str(error), "docs/epicor.md tells what the setting means")
