"""The search at the end of a run finds what should not be there, however it is packed, and never tells the value."""

from __future__ import annotations

import gzip
import io
import json
from zipfile import ZipFile

import pytest

from kinetic_wise.spreadsheet import Workbook
from local.leaks import Hidden, Searched, hidden_of, search
from local.systems import System, Systems
from simulators.sample_day import make_day

_IBAN, _SHORT, _SECRET = "DE89370400440532013000", "7340219", "k9-Xb7_secret.token/42"
_HIDDEN = Hidden(frozenset({_IBAN, _SHORT}), {"wise's personal_token": _SECRET})


def _hits(content: bytes | str) -> list[str]:
    searched = Searched()
    search(_HIDDEN, searched, "objects", "bodies/a", content)
    assert searched.places == {"objects": 1}
    return searched.hits


def _zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<c><v>{text}</v></c>")
    return packed.getvalue()


PLANTED = [
    pytest.param(_IBAN, id="plain"),
    pytest.param("de89 3704 0044 0532 0130 00", id="spaced-and-lower-case"),
    pytest.param(json.dumps({"bank": {"IBANCode": {"S": _IBAN}}}), id="json"),
    pytest.param(f"a,b\n1,XX{_IBAN}YY\n", id="inside-a-longer-word"),
    pytest.param(_IBAN.encode("utf-8"), id="bytes"),
    pytest.param(gzip.compress(json.dumps({"iban": _IBAN}).encode()), id="gzip"),
    pytest.param(_zipped(_IBAN), id="xlsx"),
    pytest.param(gzip.compress(_zipped(_IBAN)), id="xlsx-in-gzip"),
]


@pytest.mark.parametrize("content", PLANTED)
def test_a_planted_account_number_is_found(content: bytes | str) -> None:
    """Plain, spaced, in JSON, compressed, in a spreadsheet: it is found, and told by its last four characters."""
    assert _hits(content) == ["objects bodies/a: account ending 3000"]


@pytest.mark.parametrize(
    "content", [_SECRET, json.dumps({"t": f"Bearer {_SECRET}"}), gzip.compress(_SECRET.encode()), _zipped(_SECRET)]
)
def test_a_planted_secret_is_found(content: bytes | str) -> None:
    """A token is found by its exact text, and told by what it is."""
    assert _hits(content) == ["objects bodies/a: wise's personal_token"]


@pytest.mark.parametrize("text", [f'"{_SHORT}"', f"account {_SHORT}.", "734 02 19", f"{_SHORT} {_SHORT[:3]}"])
def test_a_short_number_counts_where_it_stands_alone(text: str) -> None:
    """Seven digits are an account number where nothing of a number stands beside them."""
    assert _hits(text) == ["objects bodies/a: account ending 0219"]


@pytest.mark.parametrize("text", [f"1{_SHORT}", f"{_SHORT}5", f"0af{_SHORT}e9", "***0219", "73402 x 19", ""])
def test_what_is_no_account_number_is_not_told(text: str) -> None:
    """Inside a longer number or a digest, masked, or in other words, nothing is found."""
    assert _hits(text) == []


def test_a_spreadsheet_of_a_reconciliation_is_opened() -> None:
    """What the connector itself writes as a spreadsheet is read, cell by cell."""
    file = io.BytesIO()
    book = Workbook(file)
    with book.sheet("Payments", ["vendor", "account"]) as write:
        write(["Galvano Lyon", _IBAN])
    book.end(["Payments"])
    assert _hits(file.getvalue()) == ["objects bodies/a: account ending 3000"]


def test_the_sample_has_much_to_hide() -> None:
    """Every account of the day's vendors, and those that come up in its course; the secrets of both systems."""
    systems = Systems(
        System("epicor", {"url": "http://e", "password": "p-12345678", "api_key": "k-12345678"}, ours=True),
        System("wise", {"url": "http://w", "personal_token": "t-12345678", "profile_id": 7}, ours=True),
    )
    hidden, banks = hidden_of(make_day(), systems), [bank for vendor in make_day().vendors for bank in vendor.banks]
    assert {bank.iban or bank.account_number for bank in banks} <= hidden.accounts
    assert "99887766" in hidden.accounts
    assert hidden.secrets == {
        "epicor's password": "p-12345678",
        "epicor's api_key": "k-12345678",
        "wise's personal_token": "t-12345678",
    }


def test_of_a_given_epicor_only_secrets_are_known() -> None:
    """A run knows no account of systems that were given: it looks for the secrets it was given."""
    given = Systems(System("epicor", {"password": "p-12345678"}, ours=False), System("wise", {}, ours=True))
    assert hidden_of(make_day(), given) == Hidden(frozenset(), {"epicor's password": "p-12345678"})


def test_a_secret_as_short_as_a_word_is_not_sought() -> None:
    """A password like the user's own name would be found wherever that user is named."""
    given = Systems(System("epicor", {"password": "manager"}, ours=False), System("wise", {}, ours=False))
    assert hidden_of(make_day(), given).secrets == {}


def test_the_report_tells_where_was_searched() -> None:
    """Kinds of places with their number, how much was read, how much was sought; nothing that was sought itself."""
    searched = Searched()
    search(_HIDDEN, searched, "items", "payments X", "abc")
    search(_HIDDEN, searched, "items", "payments Y", _IBAN)
    told = searched.as_dict(_HIDDEN)
    assert told["sought"] == {"accounts": 2, "secrets": 1}
    assert told["searched"] == {"items": 2}
    assert told["characters"] == 3 + len(_IBAN)
    assert _IBAN not in json.dumps(told)
