"""A statement as CAMT.053 (ISO 20022 camt.053.001.10): what its entries say is the JSON statement's.

As in files that integrators show: the newest entry first, Wise's reference as the transaction's code, words beside it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from simulators.wise.books import Balance
from simulators.wise.statement_lines import Line
from simulators.wise.times import iso_seconds

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.10"


def document(balance: Balance, found: list[Line], closing: Decimal, start: datetime, end: datetime) -> bytes:
    """The document, UTF-8: closing and opening balance, and an entry a line, the newest first."""
    root = Element("Document", {"xmlns": NAMESPACE})
    statements = SubElement(root, "BkToCstmrStmt")
    _header(statements, end)
    statement = SubElement(statements, "Stmt")
    _text(statement, "Id", f"{balance.id}-{iso_seconds(end)}")
    _text(statement, "CreDtTm", iso_seconds(end))
    period = SubElement(statement, "FrToDt")
    _text(period, "FrDtTm", iso_seconds(start))
    _text(period, "ToDtTm", iso_seconds(end))
    account = SubElement(statement, "Acct")
    _text(SubElement(SubElement(account, "Id"), "Othr"), "Id", str(balance.id))
    _text(account, "Ccy", balance.currency)
    opening = closing - sum((line.amount for line in found), Decimal(0))
    _balance(statement, "CLBD", closing, balance.currency, end)
    _balance(statement, "OPBD", opening, balance.currency, start)
    for line in reversed(found):
        _entry(statement, line, balance.currency)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _header(parent: Element, end: datetime) -> None:
    header = SubElement(parent, "GrpHdr")
    _text(header, "MsgId", f"statement-{iso_seconds(end)}")
    _text(header, "CreDtTm", iso_seconds(end))


def _balance(statement: Element, code: str, amount: Decimal, currency: str, moment: datetime) -> None:
    shown = SubElement(statement, "Bal")
    _text(SubElement(SubElement(shown, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(shown, "Amt", amount, currency)
    _text(SubElement(shown, "Dt"), "DtTm", iso_seconds(moment))


def _entry(statement: Element, line: Line, currency: str) -> None:
    entry = SubElement(statement, "Ntry")
    _amount(entry, "Amt", line.amount, currency)
    _text(SubElement(entry, "Sts"), "Cd", "BOOK")
    _text(SubElement(entry, "BookgDt"), "DtTm", line.moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"))
    _text(SubElement(SubElement(entry, "BkTxCd"), "Prtry"), "Cd", line.reference)
    _text(entry, "AddtlNtryInf", line.words)


def _amount(parent: Element, name: str, amount: Decimal, currency: str) -> None:
    """CAMT writes amounts without a sign and says beside them whether they came or went."""
    SubElement(parent, name, {"Ccy": currency}).text = str(abs(amount))
    _text(parent, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
