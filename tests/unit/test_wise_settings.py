"""Settings for Wise's forms and prices."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kinetic_wise.payments.bank_details import payment_details
from kinetic_wise.payments.systems import VendorBank
from kinetic_wise.settings import Settings, SettingsError, read
from kinetic_wise.wise.columns import ANY, DEFAULT_COLUMNS, Source, site_columns


def test_limits_are_exact() -> None:
    """Limits written as text or as numbers are exact decimals."""
    settings = read('{"fee_limit_percent": "0.35", "fee_limits": {"EUR": 25.10}, "rate_limit_percent": 1}')

    assert settings.fee_limit_percent == Decimal("0.35")
    assert settings.fee_limits == {"EUR": Decimal("25.1")}
    assert settings.rate_limit_percent == 1


def test_epicor_is_asked_for_what_the_settings_name() -> None:
    """Columns of forms and answers are read from Vendor and VendBank, and nothing else is."""
    settings = Settings(
        recipient_columns={"indian": {"ifscCode": ("IFSC_c",)}, "*": {"address.city": ("Vendor.Town_c",)}},
        transfer_answers={
            "CNY": {"transferPurpose": "Vendor.Purpose_c", "transferNature": "OTHER"},
            "*": {"x": "VendBank.Note_c", "y": "Invoice.InvoiceNum"},
        },
    )

    assert settings.vendor_columns == ("Purpose_c", "Town_c")
    assert settings.bank_columns == ("IFSC_c", "Note_c")


@pytest.mark.parametrize("column", ["BAddress1", "VendBank.City", "PMUID"])
def test_where_money_goes_stands_only_in_bank_details(column: str) -> None:
    """A column whose change nobody would approve feeds no field that says which account (rule 14)."""
    with pytest.raises(SettingsError, match="no column of bank details"):
        read(f'{{"recipient_columns": {{"indian": {{"ifscCode": ["{column}"]}}}}}}')
    allowed = read(f'{{"recipient_columns": {{"*": {{"address.city": ["{column}"]}}}}}}')
    assert allowed.bank_columns == (column.removeprefix("VendBank."),)


def test_a_sites_own_columns_are_bank_details() -> None:
    """A column that a site has added counts in the fingerprint, filled ones only."""
    bank = VendorBank(bank_id="MAIN", columns={"IBANCode": "X", "IFSC_c": "HDFC0000240", "Empty_c": "", "City": "Pune"})

    assert payment_details(bank) == {"IBANCode": "X", "IFSC_c": "HDFC0000240"}


def test_a_sites_columns_replace_the_usual_ones_of_the_field() -> None:
    """For its type, or for every type, also those with a column of their own by default; other fields stay."""
    table = site_columns({"*": {"accountNumber": ["Acct_c"]}, "czech": {"bankCode": ["VendBank.LocalBIC"]}})

    assert table[ANY]["accountNumber"] == table["swift_code"]["accountNumber"] == (Source("Acct_c"),)
    assert table["czech"]["bankCode"] == (Source("LocalBIC"),)
    assert table["canadian"] == DEFAULT_COLUMNS["canadian"]
    assert DEFAULT_COLUMNS[ANY]["accountNumber"] == (Source("BankAcctNumber"),)
