"""CAMT.053, as a person downloads it in Wise where the API gives no statements (wise-api.md sections 2.4 and 8.3).

Which of ISO 20022's fields Wise fills is not published. Files that integrators show have the newest entry first, the
reference as the transaction's code and the fee in words; other places are looked at too. The file must add up from its
opening to its closing balance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from kinetic_wise.wise.statements import Statement, StatementLine, with_fees

_LARGEST = 50_000_000  # bytes
_REFERENCE = re.compile(r"\b(?:FEE-)?(?:TRANSFER|CARD|BALANCE|CONVERSION|DIRECT_DEBIT)-[\w-]+")
_FEE = re.compile(r"\(fee: ([\d,]+(?:\.\d+)?) [A-Z]{3}\)")
_CODE = "BkTxCd"
_PLACES = ("NtryRef", "AcctSvcrRef", "EndToEndId", "InstrId", "TxId", "Ustrd", "AddtlNtryInf", "AddtlTxInf")
_SIGNS = {"CRDT": 1, "DBIT": -1}


class NotAStatement(ValueError):
    """The file is no CAMT.053 statement that can be used; the message says why."""


def read_camt(document: bytes) -> tuple[Statement, ...]:
    """The statements in a file, one for each balance. Raises NotAStatement."""
    if len(document) > _LARGEST:
        raise NotAStatement(f"the file has {len(document)} bytes; at most {_LARGEST} are read")
    root = _tree(document)
    found = tuple(_statement(element) for element in root.iter("Stmt"))
    if not found:
        raise NotAStatement("the file is XML, but has no CAMT.053 statement (BkToCstmrStmt/Stmt) in it")
    return found


def _tree(document: bytes) -> Element:
    """The elements by their names without namespace. No DTD is read: entities could be bombs, or name other files."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = lambda name, attributes: builder.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: builder.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(document, True)
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an encoding that nobody knows
        if isinstance(error, NotAStatement):
            raise
        raise NotAStatement(f"the file is no XML: {error}") from None


def _refuse_dtd(*_: object) -> NoReturn:
    raise NotAStatement("the file has a document type declaration, which no statement needs")


def _statement(element: Element) -> Statement:
    entries = [_entry(entry) for entry in element.iter("Ntry") if _is_booked(entry)]
    if entries and entries[0].date >= entries[-1].date:
        entries.reverse()
    currency = _currency(element, entries)
    if not entries and element.find("Bal") is None:  # a balance that was never used
        return Statement(currency, (), Decimal(0))
    opening, closing = (_balance(element, code) for code in ("OPBD", "CLBD"))
    lines, balance = [], opening
    for entry in entries:
        balance += entry.amount
        lines.append(replace(entry, running_balance=balance))
    if balance != closing:
        raise NotAStatement(f"the entries lead from {opening} to {balance} {currency}, the file says {closing}")
    return Statement(currency, with_fees(lines), closing)


def _currency(element: Element, entries: list[StatementLine]) -> str:
    currencies = {amount.get("Ccy", "") for balance in element.iter("Bal") for amount in balance.iter("Amt")}
    currencies |= {entry.currency for entry in entries} | {each.text or "" for each in element.iterfind("Acct/Ccy")}
    if len(currencies) != 1 or not re.fullmatch("[A-Z]{3}", min(currencies)):
        raise NotAStatement(f"a statement is in one currency; this one names {', '.join(sorted(currencies)) or 'none'}")
    return currencies.pop()


def _balance(element: Element, code: str) -> Decimal:
    for balance in element.iter("Bal"):
        if _text(balance, "Cd", deep=True) == code:
            return _signed(balance)
    raise NotAStatement(f"the statement has no {code} balance")


def _entry(entry: Element) -> StatementLine:
    amount = entry.find("Amt")
    return StatementLine(
        date=_moment(entry),
        amount=_signed(entry),
        fee=_fee(entry),
        currency="" if amount is None else amount.get("Ccy", ""),
        reference=next(_references(entry), ""),
        running_balance=Decimal(0),
    )


def _fee(entry: Element) -> Decimal:
    """Among the charges, or said in words: "Sent money to … (fee: 1.20 EUR)"."""
    charges = [_amount(charge) for charges in entry.iter("Chrgs") for charge in charges.iter("Amt")]
    told = _FEE.search(_text(entry, "AddtlNtryInf"))
    if charges or not told:
        return sum(charges, Decimal(0))
    return Decimal(told[1].replace(",", ""))


def _is_booked(entry: Element) -> bool:
    """What is only announced is no movement yet. Newer versions put the status into an element of its own."""
    status = entry.find("Sts")
    return status is None or "".join(status.itertext()).strip() in ("", "BOOK")


def _references(entry: Element) -> Iterator[str]:
    """Wise's own references first, then whatever stands where a reference belongs."""
    codes = [(each.text or "").strip() for code in entry.iter(_CODE) for each in code.iter("Cd")]
    yield from (code for code in codes if _REFERENCE.fullmatch(code))
    texts = [(each.text or "").strip() for place in _PLACES for each in entry.iter(place)]
    yield from (found[0] for text in texts if (found := _REFERENCE.search(text)))
    yield from (text for text in texts if text)


def _moment(entry: Element) -> datetime:
    for place in ("BookgDt", "ValDt"):
        found = entry.find(place)
        text = "" if found is None else _text(found, "DtTm") or _text(found, "Dt")
        if text:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                raise NotAStatement(f"{text!r} is no date") from None
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise NotAStatement("an entry has no date")


def _signed(element: Element) -> Decimal:
    """Amounts have no sign of their own: CRDT came, DBIT left."""
    amount = element.find("Amt")
    indicator = _text(element, "CdtDbtInd")
    if amount is None or indicator not in _SIGNS:
        raise NotAStatement("an amount, or whether it came or left, is missing")
    return _amount(amount) * _SIGNS[indicator]


def _amount(element: Element) -> Decimal:
    try:
        amount = Decimal((element.text or "").strip())
    except InvalidOperation:
        raise NotAStatement(f"{element.text!r} is no amount") from None
    if not amount.is_finite() or amount < 0:
        raise NotAStatement(f"{element.text!r} is no amount")
    return amount


def _text(element: Element, name: str, default: str = "", *, deep: bool = False) -> str:
    found = next(element.iter(name), None) if deep else element.find(name)
    return default if found is None or not found.text else found.text.strip()
