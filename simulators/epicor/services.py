"""Which services there are, their tables and sets, and how GetByID names its keys ([S], 1.2, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.epicor.schema import USER_DEFINED


@dataclass(frozen=True)
class Child:
    """A table that comes along with a service's main table, found by these columns of it."""

    table: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """A business object service."""

    name: str
    main: str
    sets: Mapping[str, str]  # set -> table
    key: Mapping[str, str]  # parameter of GetByID -> column
    clauses: tuple[str, ...]  # tables that GetRows wants a clause for
    children: tuple[Child, ...] = ()

    def has(self, table: str) -> bool:
        """Whether GetRows gives rows of this table here."""
        return table == self.main or any(child.table == table for child in self.children)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SERVICES: Mapping[str, Service] = {
    service.name: service
    for service in (
        Service(
            "Erp.BO.APInvoiceSvc",
            "APInvHed",
            {"APInvoices": "APInvHed", "APInvScheds": "APInvSched"},
            {"vendorNum": "VendorNum", "invoiceNum": "InvoiceNum"},
            _words(
                "APInvHed APInvHedAttch APIHAPInvExp APIHAPInvExpTGLC APIHAPInvMsc RcvMisc APIHAPLnTax APInvDtl "
                "APInvDtlAttch APInvDtlDEASch APInvExp APInvExpTGLC GlbAPIETGLC APInvJob APInvMsc APInvLnMscTax "
                "APInvPB APLnTax APInvDtlTGLC APInvHedMscTax APInvSched APInvTax PESUNATDtl EntityGLC PEAPInvTax "
                "AdditionalForms_ParametersView LegalNumGenOpts SupplierXRef TaxConnectStatus"
            ),
            (Child("APInvSched", ("VendorNum", "InvoiceNum")),),
        ),
        Service(
            "Erp.BO.VendorSvc",
            "Vendor",
            {"Vendors": "Vendor", "VendBanks": "VendBank"},
            {"vendorNum": "VendorNum"},
            _words(
                "Vendor VendorAttch EntityGLC TaxExempt Partner PEVendWhldHist VendRestriction VendBank VendBankAttch "
                "VendCntMain VenMFBill VendorPP VenPPMFBill VenPPUPSEmail VendPPRestriction VendCnt VendCntAttch "
                "VenUPSEmail VendRemitTo"
            ),
            (Child("VendBank", ("VendorNum",)),),
        ),
        Service(
            "Erp.BO.APChkGrpSvc",
            "APChkGrp",
            {"APChkGrps": "APChkGrp"},
            {"groupID": "GroupID"},
            _words("APChkGrp APChkGrpAttch"),
        ),
        Service(
            "Erp.BO.PaymentEntrySvc",
            "CheckHed",
            {
                "PaymentEntries": "CheckHed",
                "APTrans": "APTran",
                "BankTrans": "BankTran",
                "CheckHedAttches": "CheckHedAttch",
            },
            {"headNum": "HeadNum"},
            _words(
                "CheckHed CheckHedAttch APTran APTranTGLC APTTaxDtl BankTran BankTranTaxDtl BankTranTGLC TaxDtl "
                "LegalNumGenOpts"
            ),
            (Child("APTran", ("HeadNum",)), Child("BankTran", ("HeadNum",)), Child("CheckHedAttch", ("HeadNum",))),
        ),
        Service(
            "Erp.BO.VoidPaymentSvc",
            "CheckHed",
            {"VoidPayments": "CheckHed"},
            {"headNum": "HeadNum"},
            _words("CheckHed LegalNumGenOpts"),
        ),
        Service(
            "Erp.BO.PayMethodSvc",
            "PayMethod",
            {"PayMethods": "PayMethod"},
            {"pmUID": "PMUID"},
            _words("PayMethod PayMethodProp"),
        ),
        Service(
            "Erp.BO.BankAcctSvc",
            "BankAcct",
            {"BankAccts": "BankAcct"},
            {"bankAcctID": "BankAcctID"},
            _words("BankAcct BankAcctAttch BankPayMethod Partner EntityGLC"),
        ),
        Service(
            "Erp.BO.CurrencySvc",
            "Currency",
            {"Currencies": "Currency"},
            {"currencyCode": "CurrencyCode"},
            _words("Currency CurrencyAttch EntityGLC"),
        ),
        Service(
            "Erp.BO.BankFeeSvc",
            "BankFee",
            {"BankFees": "BankFee"},
            {"bankFeeID": "BankFeeID"},
            _words("BankFee LangDesc EntityGLC"),
        ),
        Service(
            "Erp.BO.EADSvc",
            "EADComp",
            {"EADs": "EADComp", "EADTypes": "EADType"},
            {},
            _words("EADComp EADType"),
            (Child("EADType", ()),),
        ),
        Service(
            "Ice.BO.CompanySvc",
            "Company",
            {"Companies": "Company"},
            {"company": "Company1"},
            _words("Company"),
        ),
        Service(
            "Erp.BO.CountrySvc",
            "Country",
            {"Countries": "Country"},
            {"countryNum": "CountryNum"},
            _words("Country CountryPort CountryRestriction"),
        ),
        Service(
            "Ice.BO.MemoSvc",
            "Memo",
            {"Memos": "Memo"},
            {
                "relatedToSchemaName": "RelatedToSchemaName",
                "relatedToFile": "RelatedToFile",
                "relatedToSysRowID": "RelatedToSysRowID",
                "memoNum": "MemoNum",
            },
            _words("Memo"),
        ),
        *(
            Service(
                f"Ice.BO.{name}Svc",
                name,
                {f"{name}s": name},
                {f"key{number}": f"Key{number}" for number in range(1, 6)},
                (name, f"{name}Attch"),
            )
            for name in USER_DEFINED
        ),
    )
}
