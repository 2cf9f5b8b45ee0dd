"""Vendors and their bank rows (epicor-kinetic-api.md section 6). Never cached: bank details are read afresh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from kinetic_wise.epicor import values
from kinetic_wise.epicor.errors import Unreadable
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import PAGE, VENDOR_BANKS, VENDORS
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.systems import Vendor, VendorBank

VENDOR_COLUMNS = (
    "VendorNum,VendorID,Name,LegalName,Address1,Address2,Address3,City,State,ZIP,CountryNum,EMailAddress,PhoneNum,"
    "TaxPayerID,PayHold,Inactive,PrimaryBankID"
)
# The stored text columns of 6.2; CountryNum and BCountryNum become CountryISO and BCountryISO.
_BANK_TEXTS = (
    "NameOnAccount,BankAcctNumber,IBANCode,SwiftNum,LocalBIC,BankBranchCode,DFIIdentification,ClearSystemIDCode,"
    "MemberID,VendAccountType,BankType,CorrespAccount,BankCustNum,BankRefCode,BankGiroAcctNbr,ReceivingBankNum,"
    "ReceivingBranchNum,PayID,BankName,Address1,Address2,Address3,City,State,PostalCode,"
    "BAddress1,BAddress2,BAddress3,BCity,BState,BPostalCode"
).split(",")
BANK_COLUMNS = ",".join(["VendorNum", "BankID", *_BANK_TEXTS, "CountryNum", "BCountryNum"])
_MADE = ("CountryISO", "BCountryISO")
_BANK_ORDER = "VendorNum,BankID"
_VENDORS_AT_ONCE = 40


@dataclass
class Vendors:
    """Reads vendors and bank rows and tells their countries by ISO codes."""

    service: Service
    tables: Tables

    def vendor(self, company: str, vendor_num: int) -> Vendor | None:
        """A vendor as it is now, with all its bank rows; None when there is none. Two calls. Raises RemoteError."""
        where = f"VendorNum eq {vendor_num}"
        more = self.service.options.vendor_columns
        rows = self.service.rows(company, VENDORS, _with(VENDOR_COLUMNS, more), where, "VendorNum")
        if not rows:
            return None
        banks = self.service.rows(company, VENDOR_BANKS, self._bank_columns, where, _BANK_ORDER)
        return self.read(company, rows[0], banks)

    def page(self, company: str, after: int) -> list[Vendor]:
        """At most 40 vendors of the site's filter with a VendorNum above `after`, in its order; [] at the end.

        Each with its bank rows and its currency. Two calls, more where there are many bank rows. Raises RemoteError.
        """
        only = self.service.options.vendor_filter
        where = f"VendorNum gt {after} and ({only})" if only else f"VendorNum gt {after}"
        columns = _with(f"{VENDOR_COLUMNS},CurrencyCode", self.service.options.vendor_columns)
        rows = self.service.rows(company, VENDORS, columns, where, "VendorNum")[:_VENDORS_AT_ONCE]
        if not rows:
            return []
        numbers = [values.number(row, "VendorNum") for row in rows]
        banks = self._banks_between(company, numbers[0], numbers[-1])
        return [self.read(company, row, banks.get(number, [])) for row, number in zip(rows, numbers, strict=True)]

    def _banks_between(self, company: str, first: int, last: int) -> dict[int, list[Row]]:
        """The bank rows of the vendors from one number to another; a full page may end in the middle of a vendor."""
        found: dict[int, list[Row]] = {}
        while first <= last:
            where = f"VendorNum ge {first} and VendorNum le {last}"
            rows = self.service.rows(company, VENDOR_BANKS, self._bank_columns, where, _BANK_ORDER)
            of_vendor = groupby(rows, key=lambda row: values.number(row, "VendorNum"))
            found |= {number: list(own) for number, own in of_vendor}
            if len(rows) < PAGE or values.number(rows[-1], "VendorNum") == first:
                return found
            first = values.number(rows[-1], "VendorNum")
        return found

    def bank_rows(self, company: str) -> Iterator[tuple[int, VendorBank]]:
        """Every bank row of every vendor with the VendorNum it belongs to. Raises RemoteError."""
        for row in self.service.every_row(company, VENDOR_BANKS, self._bank_columns):
            yield values.number(row, "VendorNum"), self._bank(company, row)

    @property
    def _bank_columns(self) -> str:
        return _with(BANK_COLUMNS, (name for name in self.service.options.bank_columns if name not in _MADE))

    def read(self, company: str, row: Row, banks: Iterable[Row]) -> Vendor:
        """A vendor from its row and its bank rows. Raises Unreadable."""
        return Vendor(
            company=company,
            vendor_num=values.number(row, "VendorNum"),
            vendor_id=values.text(row, "VendorID"),
            name=values.text(row, "Name"),
            legal_name=values.text(row, "LegalName"),
            address=self._address(company, row),
            email=values.text(row, "EMailAddress"),
            phone=values.text(row, "PhoneNum"),
            tax_id=values.text(row, "TaxPayerID"),
            currency=self._currency(company, row),
            pay_hold=values.flag(row, "PayHold"),
            inactive=values.flag(row, "Inactive"),
            primary_bank_id=values.text(row, "PrimaryBankID"),
            banks=tuple(self._bank(company, bank) for bank in banks),
            columns={column: values.text(row, column) for column in self.service.options.vendor_columns},
        )

    def _address(self, company: str, row: Row) -> dict[str, str]:
        lines = [values.text(row, column).strip() for column in ("Address1", "Address2", "Address3")]
        return {
            "firstLine": ", ".join(filter(None, lines)),
            "city": values.text(row, "City").strip(),
            "state": values.text(row, "State").strip(),
            "postCode": values.text(row, "ZIP").strip(),
            "country": self._country(company, row, "CountryNum"),
        }

    def _currency(self, company: str, row: Row) -> str:
        try:
            return self.tables.iso_currency(company, str(row["CurrencyCode"])) if "CurrencyCode" in row else ""
        except Unreadable:
            return ""

    def _bank(self, company: str, row: Row) -> VendorBank:
        more = self.service.options.bank_columns
        columns = {column: values.text(row, column) for column in (*_BANK_TEXTS, *more)}
        columns["CountryISO"] = self._country(company, row, "CountryNum")
        columns["BCountryISO"] = self._country(company, row, "BCountryNum")
        return VendorBank(bank_id=values.text(row, "BankID"), columns=columns)

    def _country(self, company: str, row: Row, column: str) -> str:
        """Country numbers are optional everywhere; 0 is none."""
        number = values.number(row, column) if row.get(column) is not None else 0
        return self.tables.iso_country(company, number) if number else ""


def _with(columns: str, more: Iterable[str]) -> str:
    return ",".join(dict.fromkeys([*columns.split(","), *more]))
