"""Columns of the tables, by kind: s text, b Boolean, i whole number, d decimal, t date, g GUID.

Names are those of the public schema dump (epicor-kinetic-api.md section 13, [S]); of the very wide tables the columns
of other countries' localisations, reporting currencies and screens are left out.
Columns that end in `_c` are the site's own.
"""

from __future__ import annotations

COLUMNS = {
    "APInvHed": """
s: Company InvoiceNum TermsCode PayDates PayAmounts DocPayAmounts GroupID InvoiceRef EntryPerson InvoiceComment
   Description CurrencyCode TaxRegionCode JournalCode LegalNumber ExternalID XRefInvoiceNum CPayLegalNumber
   GLControlType GLControlCode RateGrpCode FiscalYearSuffix FiscalCalendarID TaxPoint PayDiscDays PayDiscPer
   PIPayment SEBankRef APLOCID Plant ClaimRef EmpID BankID SelfLegalNumber SelfTranDocTypeID SiteCode
   BankGiroAcctNbr BranchID SupAgentName SupAgentTaxRegNo AssetTypeCode ImportNum ImportedFrom TranDocTypeID
   PaymentNumber CycleCode InvoiceNumList DMReason TranType TaxSvcID APChkGrpID InvoiceType CustomsNumber
   PrePaymentNum ChangedBy PurPoint RefCancelledby SourcePlant ExtSysType ExtSysURL CHQRIBAN CHQRReference BankName
   BaseCurrencyID BillAddressList IBANCode InvoiceTypeDesc LatestInvString LegalNumberMessage LockStatus PayMethod
   RecalcAmts SourceInvoiceNum SwiftCode SystemTranType XRateLabel FormattedVendorNameAddress CurrencyCodeCurrencyID
   PayMethodName SourcePlantName TermsCodeTermsType THRefVendorNumName VendBankCardCode VendBankBankAcctNumber
   VendBankIBANCode VendBankBankGiroAcctNbr VendBankSwiftNum VendBankLocalBIC VendBankBankName VendorNumCurrencyCode
   VendorNumZIP VendorNumAddress2 VendorNumAddress3 VendorNumCity VendorNumAddress1 VendorNumCountry
   VendorNumVendorID VendorNumTermsCode VendorNumDefaultFOB VendorNumState VendorNumName
b: OpenPayable DebitMemo GLPosted Posted StartUp InvoiceHeld PayHold LockRate UpdateTax FixedAmt CPay CPayLinked
   AllowOverrideLI MatchedFromLI ReadyToCalc RecalcBeforePost GetDfltTaxIds PayDiscPartPay CorrectionInv LockTaxRate
   PrePayment OvrDefTaxDate Linked InBankFile MainSite Cash CreditCard Normal Excluded Deferred AdvTaxInv InPrice
   HoldInvoice CopyLatestInvoice OverrideEndDate CycleInactive IsMaxValue UrgentPayment GRNIClearing SelfInvoice
   Printed CancellationInv WithholdAcctToInterim EDIInvoice AllowMultInvcReceipts ApplyAPPrePayAuto CanChangeTaxLiab
   CPayIMReceived CPayOpenPayable CurrencySwitch DisableAplDate HasLegNumCnfg IsLcked IsOnlyMiscRecords
   LACTaxCalcEnabled LineOrMscChrgExists PostInvtyWipCos TaxLinesExist UseTaxRate VendorInactive VendorPayHold
   AllowChgAfterPrint SiteIsLegalEntity PayMethodSummarizePerCustomer WiseApproved_c
i: VendorNum FiscalYear FiscalPeriod REFPONum JournalNum CPayCheckNum PMUID Duration InstanceNum SysRevID HeadNum
   CustOverride PrePayHeadNum NettingID APTaxRoundOption CurrInstanceNum LatestInvoice RvnJrnUID PayMethodType
   VendBankPMUID
t: InvoiceDate DiscountDate DueDate CPayCheckDate ApplyDate ImportedDate EndDate LastDate ReceivedDate ChangeDate
   ExchangeRateDate NextInvoiceDate SourceLastDate TransApplyDate UpdatedOn_c
d: TaxAmt DocTaxAmt DiscountAmt DocDiscountAmt InvoiceAmt DocInvoiceAmt DocInvoiceVendorAmt InvoiceBal DocInvoiceBal
   UnpostedBal DocUnpostedBal ExchangeRate InvoiceVendorAmt DepGainLoss CPayInvoiceBal CPayDocInvoiceBal Rounding
   DocRounding WithholdAmt DocWithholdAmt MaxValueAmt DocMaxValueAmt PrePaymentAmt DocPrePaymentAmt
   CumulativeBalance DocCumulativeBalance DocInvoiceVariance DocMiscChrgNonDeducTax DocMiscChrgVariance
   InvoiceVariance TaxExchangeRate TotalInstanceNum
g: SysRowID
""",
    "APInvSched": """
s: Company InvoiceNum CreatedBy ChangedBy GroupID CurrencyCode
i: VendorNum PaySeq PayDays SysRevID
t: PayDueDate CreatedOn ChangedOn
d: DocPayAmount PayAmount PayPercent ScrPayAmount DocScrPayAmount
g: SysRowID
b: CurrencySwitch
""",
    "Vendor": """
b: Inactive Print1099 OneCheck PrintLabels PayHold RcvInspectionReq ElecPayment Approved ICVend WebVendor
   GlobalVendor ICTrader GlobalLock ConsolidatedPurchasing LocalPurchasing ResDelivery SatDelivery SatPickup DocOnly
   ApplyChrg NotifyFlag CPay IndividualPackIDs IntrntlShip CertOfOrigin CommercialInvoice ShipExprtDeclartn
   LetterOfInstr NonStdPkg AddlHdlgFlag ManagedCust HasBank AdvTaxInv AllowAsAltRemitTo NoBankingReference
   SecondTINNotice NonUS PaymentReporting ExternalPurchasing FATCA ImporterOfRecord EInvoice EDISupplier FSMSendTo
   Integrationflag CountryNumEUMember PayMethodSummarizePerCustomer
s: Company VendorID Name Address1 Address2 Address3 City State ZIP Country TaxPayerID PurPoint TermsCode GroupCode
   FaxNum PhoneNum Comment AccountRef DefaultFOB CurrencyCode TaxRegionCode LangNameID BorderCrossing FormatStr
   PrimaryBankID EMailAddress VendURL OnTimeRating QualityRating PriceRating ExternalId TaxAuthorityCode CalendarID
   EDICode RefNotes GroundType NotifyEMail DeliveryType RevChargeMethod ManagedCustID PmtAcctRef LegalName
   TaxRegReason OrgRegCode ParamCode Code1099ID TIN TINType NameControl ShipViaCode FormTypeID Reporting1099Name
   Reporting1099Name2 AccountNum TaxEntityType ExternalSchemeID BusinessCatList CountryDescription DocumentMaskID
   NettingCustID RevChargeMethodDesc SalesTaxID SearchIDs VendAttrString CountryNumISOCode CurrencyCodeCurrencyID
   GroupCodeGroupDesc PayMethodName UD_SysRevID
i: VendorNum PrimPCon CountryNum EarlyBuffer LateBuffer DeliveryConf ManagedCustNum PMUID SysRevID MaxLateDaysPORel
   TINValidationStatus TaxValidationStatus NettingCustNum PayMethodType Week1Pymt_c Week2Pymt_c
d: VendPILimit MinOrderValue ChrgAmount
g: SysRowID
t: TaxValidationDate
""",
    "VendBank": """
s: Company BankID BankName Address1 Address2 Address3 City State PostalCode BankAcctNumber NameOnAccount SwiftNum
   BankBranchCode IBANCode LegalName CorrespAccount LocalBIC BankPersonCode VendAccountType CardCode BankGiroAcctNbr
   BankRefCode DFIIdentification FeeOwnership POBankAcctNum BankCustNum BAddress1 BAddress2 BAddress3 BankCharges
   BankCnstSymbol BankSpecSymbol BankType BCity BPostalCode BState ReceiverName ReceivingBankName ReceivingBankNum
   ReceivingBranchName ReceivingBranchNum DKCreditorNum PayID ClearSystemIDCode MemberID
   BankBranchCodeDescDescription BankBranchCodeDescBankBranchCode BCountryNumDescription CountryNumDescription
   PayMethodName VendorNumCity VendorNumState VendorNumVendorID VendorNumAddress1 VendorNumName VendorNumDefaultFOB
   VendorNumCurrencyCode VendorNumCountry VendorNumAddress2 VendorNumAddress3 VendorNumZIP VendorNumTermsCode
   WireRouting_c
i: VendorNum CountryNum PMUID SysRevID BankCustNumberStartPos BankCustNumberLen BCountryNum BCountry PayMethodType
b: AllowAsAltRemitToBank PrimaryBank PayMethodSummarizePerCustomer
g: SysRowID
""",
    "APChkGrp": """
s: Company GroupID CreatedBy ActiveUserID BankAcctID CurrencyCode PostErrorLog RateGrpCode GrpCreationVia Plant
   BankCurrencyCode BaseCurrencyID CurrencyList DispCurrencyCode DspBankBatchID EFTDebitMemoDueDate
   EFTDebitMemoHandlingCode LockStatus BankAcctIDDescription BankAcctIDBankName CurrencyCodeCurrencyID PayMethodName
   RateGrpDescription
t: CheckDate
b: Cashbook PostInProcess PromissoryNote EIPaymSent AutoGenerated CentralizedPayment APInterfaced EFTAllowZeroNet
   EIGrouping FromImportPmt PymtProposal UIGrouping BankAcctIDEnabled APPaymentUseBankAvg HasDetails
   IsDocumentLocked PayMethodOnlyBankCurr PayMethodSummarizePerCustomer
i: PMUID SysRevID CHOrderNum RvJrnUID PayMethodType
g: SysRowID BankBatchSysRowID
d: BankTotalAmountToAP BankTotalCheckAmt BankTotalDiscAmt BankTotalMiscCheckAmt BankTotalWithholdTax
   DocBankTotalCheckAmt TotalAmountToAP TotalCheckAmt TotalDiscAmt TotalDocAmountToAP TotalDocCheckAmt
   TotalDocDiscAmt TotalDocMiscCheckAmt TotalDocWithHoldTax TotalMiscCheckAmt TotalWithHoldTax
""",
    "CheckHed": """
s: Company GroupID BankAcctID CheckSrc ClearedPerson ClearedTime EmployeeNum EntryPerson Name Address1 Address2
   Address3 City State ZIP Country CurrencyCode BankSlip VendorBankID VendorBankName VendorBankNameOnAccount
   VendorBankAddress1 VendorBankAddress2 VendorBankAddress3 VendorBankCity VendorBankState VendorBankPostalCode
   VendorBankAcctNumber VendorBankSwiftNum XRefCheckNum RateGrpCode FiscalYearSuffix FiscalCalendarID Plant
   InvoiceNum BankTranID PayLegalNumber LegalNumber PaymentStatus VendorID BankCurrCode XRateLabelPaymentBank
   XRateLabelPaymentBase LockStatus InvType BaseCurrencyCode BankAcctIDBankName BankAcctIDDescription
   CurrencyCodeCurrencyID VendorNumAddress2 VendorNumCountry VendorNumName VendorNumVendorID VendorNumAddress3
   VendorNumCurrencyCode VendorNumState VendorNumZIP VendorNumAddress1 VendorNumCity VendorNumDefaultFOB
   VendorNumTermsCode PaymentNumber VendorBankIBANCode OwnReference MsgId PayTranDocTypeID TaxPaymInfo
   VoidLegalNumber VoidTranDocTypeID TranDocTypeID ChangedBy ABTUID SEPAPaymentDescription VoidedReason
   RegulatoryReportingCode VendorBankBranchCode Description ChildPlant BankBatchIDDsp LegalNumberMessage FullAddress
   BankBranchBankBranchCode PMUIDName THRefVendorNumName
b: Posted Voided ClearedCheck ClearedPending ManualPrint ElecPayment IsEnterTotal ReadyToCalc RecalcBeforePost
   UsePendAcct ForceDiscount ApplyingPayment OneTimeVendor BankAccountEnabled FullyPaid EnterPaymentTotal IsLcked
   ExchangeRateDisabled BaseExchRate HasLines UrgentCheck BankBatchExcluded DisableBankAmt FromBankRec
   ManualDateChange ManualExRateChange PCReceipt SelectedForAction
i: HeadNum CheckNum FiscalYear FiscalPeriod VendorNum CountryNum VendorBankCountryNum CashBookNum CashbookLine
   FirstHeadNum PMUID SysRevID RvnJrnUID ACHTranCode NettingID
t: CheckDate ClearedDate ClearedStmtEndDate BankTransDate VoidDate ChangeDate TaxPointDate
d: ClearedAmt DocClearedAmt CheckAmt DocCheckAmt ExchangeRate PaymentTotal DocPaymentTotal Variance DocVariance
   PaymentBankRate BankTotalAmt LockRate BankPaidAmt DocBankPaidAmt PaymentAmount TotalRoundDiff DocUnappliedAmt
   UnappliedAmt DocUnpostedBal BalanceUpdate BankClearedAmt DocBankRecGainLoss BankCheckAmt DocPreTaxTotal
   DocWhldTotal PreTaxTotal WhldTotal CheckMiscAmt DocCheckMiscAmt DocCheckInvAmt CheckInvAmt
g: SysRowID BankBatchSysRowID
""",
    "APTran": """
s: Company TranType InvoiceNum Description BankAcctID EntryPerson Comment TaxRegionCode RefType RefCode RefCodeDesc
   FiscalYearSuffix FiscalCalendarID LegalNumber ContractRef TaxReceiptNo WHTCertificateNo GainLossType BankID
   AdjLegalNumber AdjTranDocTypeID TranDocTypeID SiteCode BranchID Remarks AssetTypeCode PaymentNumber InvoiceRef
   RateGrpCode Code1099ID FormTypeID ChangedBy ChangeExchangeRateResponse CurrencyCode DispGLAcct GroupID
   LegalNumMessage LegalNumStyle PaymentDesc PostErrMess RefCodeList RefCodeStatus TermsCode XRateLabel
   InvoiceLegalNumber BankAcctIDBankName BankAcctIDDescription VendorNumState VendorNumCity VendorNumAddress3
   VendorNumAddress2 VendorNumCurrencyCode VendorNumZIP VendorNumTermsCode VendorNumName VendorNumDefaultFOB
   VendorNumCountry VendorNumAddress1 VendorNumVendorID
i: HeadNum APTranNo CheckNum FiscalYear FiscalPeriod VendorNum RefPONum SysRevID
b: Posted GLPosted Voided GetDfltTaxIds RedStorno PrePayment MainSite Cash CreditCard Normal Excluded Deferred
   UrgentPayment CopyRate CorrectionInv CPayLinked CurrencySwitch DebitMemo DisableFieldsForPCashDoc
   DiscountAvailable FullyPaid InitUrgentPayment isDiscountforDebitM LockRate MiscPayment PostToGL Print1099
   RefCodeEnabled TaxableTransaction TaxLinesExist isPrecalcTax PrepayApld ManualTaxAdj
d: TranAmt DocTranAmt DiscAmt DocDiscAmt TaxAmt DocTaxAmt RoundDiff WithholdAmt DocWithholdAmt SelfAssessAmt
   DocSelfAssessAmt BankPaidAmt DocBankPaidAmt BaseAdjustAmt BaseSelfAssessedTax CurrencyGainLoss DispTranAmt
   DocBaseSelfAssessedTax DocDispTranAmt DocExpenseAmount DocGainLossAmt DocInvoiceAmt DocInvoiceBal DocNetAmount
   DocNewBalance DocSelfAssessedTax DocUnPostedBal DocWithHoldTax ExchangeRate ExpenseAmount GainLossAmt
   InvExchangeRate InvoiceAmt InvoiceBal NetAmount NewBalance SelfAssessedTax UnPostedBal WithHoldTax AmtToAP
t: TranDate ContractRefDate TaxReceiptDate WHTCertificateDate InvoiceDate Gen1099Date ChangeDate DiscountDate
   DueDate ApplyDate
g: SysRowID
""",
    "PayMethod": """
s: Company Name OutputFile DefPayCode SenderRef RegNum PIType CardCode EFTDebitMemoHandlingCode EFTDebitMemoDueDate
   EFTProductNumDate US1099KTranType TypeCode PMSourceModule TypeDescription EFTHeadName PITypeDescription
i: PMUID Type EFTHeadUID PMSource PIGenMethod SysRevID DepositSlips APGrouping ARGrouping ARIDTiming
   EFTProductNumber CheckNumSeq EFTHeadType
b: OnlyBankCurr SummarizePerCustomer AutoBankRec Test Reimbursable Inactive PIApprove GlobalPayMethod GlobalLock
   IsPositiveBalance APIDGeneration ARIDGeneration PymtProposal AutoCheckNum EnterPymtTotal IsCZLocalization
d: OverPayPct UnderPayPct US1099KAmtThreshold US1099KTranThreshold
g: SysRowID
""",
    "BankAcct": """
s: Company BankAcctID Description CheckingAccount BankRoutingNum BankName EntryClassCode CDJournalCode CRJournalCode
   BKJournalCode BankSlip CurrencyCode BankCompID BankIdentifier BankBranchCode IBANCode PayerRef TaxPayerID
   TaxRegReason CorrespAccount LocalBIC TypeCode TransferPersonName TransferPersonCode AccountType LegalName
   CreditorID BankType ParamCode POBankAcctNum BankCustNum RBankNum RBranchNum BankTranfAccountType Address1
   Address2 Address3 City PostalCode State LName MsgIDCounter RecBalFiscalYearSuffix TranTemplateID
   ClearBankExchRate PositivePayRemoteID PositivePayBatchID BankGiroAcctNbr ParentPlant ChildPlantList
   BaseCurrCurrencyCode BaseCurrCurrencyID PayMethod PendingCashAcctDesc PORateGrp VarianceAcctDesc
   BankBranchCodeDescBankBranchCode CurrencyCodeCurrencyID DefPosPayEFTHeadUIDName EFTHeadName
b: Closed ExportDecimalPoint DebNoteOnly ReconciledBalance UsePendAcct APPaymentUseBankAvg AutoStatementImport
   AutoMatchStatement AutoRecDocuments AutoRetrieve FilterByLine AutoCashMovement AutoOnAccountReceipt
   AutoInvoicePayment AutoBankTransferSameCurr AutoBankTransferCrossCurr AutoBankAdjustment AutoReverse
   PayrollCheckingAccount ConsInvPmt PreprintedCheckNum ReconcileOtherBalances AutoCustBalanceReceipt
   AutoCustBalanceReceiptApplyAll CurrencySwitch AssociatedToDoc
d: OpeningBalance ClosingBalance LOCLimit FloatAmt PeriodThreshold RecBalFiscalYear RecBalFiscalPeriod
   MatchTolerance BalanceType
t: OpeningDate ClosingDate
i: BankCheckDigit NextPINum NumPIDigits EFTHeadUID SysRevID CountryNum InvPerCheckStub DefPosPayEFTHeadUID
g: SysRowID
""",
    "Currency": """
s: Company CurrencyCode CurrencyID StoreID AGAFIPCode ISOCurrCode CountryName BaseRowRowID CountryDescription
   CreditCardProcessorDesc
i: DecimalsGeneral DecimalsPrice DecimalsCost RoundRuleUnitPrice ScaleFactor CountryNum RoundRuleExtPrice
   ReportCurrPos ISONumber RoundRuleAnnualCharge RoundRulePeriodCharge SysRevID ProcessorNum
b: Inactive MaintRate BaseCurr ReportCurr GlobalCurr GlobalLock BookCurr CompanyBase HasCCInterface
d: RoundMltpUnitPrice RoundMltpUnitTax RoundMltpExtPrice RoundMltpExtTax RoundMltpTotalAmt RoundMltpTotalTax
   RoundRuleUnitTax RoundRuleExtTax RoundRuleTotalAmt RoundRuleTotalTax RoundTolerance RoundMltpAnnualCharge
   RoundMltpPeriodCharge
g: SysRowID
""",
    "Country": """
s: Company FiscalCode ISOCode IStatCode Description BorderCrossing ShipViaCode TaxRegionCode LangNameID CurrencyCode
   FormatStr ISOrigCountry APTaxRegionCode AGAFIPCode LangNameIDDescription APTaxRegionCodeDescription
   CurrencyCodeCurrencyID ShipViaCodeDescription ShipViaCodeWebDesc TaxRegionCodeDescription
i: CountryNum SysRevID
b: GlobalCountry GlobalLock IsSepa EUMember DefaultCountry
g: SysRowID
""",
    "APPaymentPostProcess": """
s: GroupID ActType AutoAction PrinterName AgentID RptPageSettings RptPrinterSettings RptVersion WorkstationID
   TaskNote DateFormat NumericFormat AgentCompareString ProcessID ProcessCompany ProcessSystemCode FaxSubject FaxTo
   FaxNumber EMailTo EMailCC EMailBCC EMailBody AttachmentType ReportCurrencyCode ReportCultureCode SSRSRenderFormat
   UIXml
g: SysRowID
i: AgentSchedNum AgentTaskNum ReportStyleNum ArchiveCode ProcessTaskNum DecimalsGeneral DecimalsCost DecimalsPrice
b: RecurringTask PrintReportParameters SSRSEnableRouting DesignMode
""",
    "BankTran": """
s: Company BankAcctID TranRef EntryPerson TranClearedPerson BankSlip JournalCode CurrencyCode GroupID RateGrpCode
   FiscalYearSuffix FiscalCalendarID BankFeeID SourceModule GainLossType LegalNumber TranDocTypeID Plant ABTUID
   GLRefType GLRefCode GLRefCodeDesc PCashDeskID LegalNumMessage BankAcctIDBankName BankAcctIDDescription
   BankFeeIDDescription BankFeeIDTaxCode CurrencyCodeCurrencyID GLAccount
i: TranNum EntryTime TranClearedTime FiscalYear FiscalPeriod JournalNum CashBookNum CashbookLine HeadNum SysRevID
t: TranDate EntryDate TranClearedDate RevalueDate
d: TranAmt DocTranAmt ExchangeRate TranClearedAmt DocTranClearedAmt BankFeeAmt BankFeeTaxAmt DocBankFeeAmt
   DocBankFeeTaxAmt DispTranAmt DispDocTranAmt BankRecGainLoss
b: GLPosted TranCleared TranClearPending Voided ReverseGL BankBatchExcluded CurrencySwitch DisableBankAmt
g: SysRowID BankBatchSysRowID
""",
    "BankFee": """
s: Company BankFeeID Description TaxCode RateCode RateCodeDescription TaxCodeDescription
b: GlobalBankFee GlobalLock
i: SysRevID
g: SysRowID
""",
    "CheckHedAttch": """
s: Company DrawDesc FileName PDMDocID DocTypeID
i: HeadNum DrawingSeq XFileRefNum SysRevID
g: SysRowID ForeignSysRowID
""",
    "Company": """
s: Company1 Name Address1 City State Zip Country PhoneNum MfgSys CountryGroupCode CountryCode TimeZoneID TenantID
   InstallationID
b: IsLive
i: SysRevID
g: SysRowID
""",
    "EADComp": """
s: Company DefineBy FiscalCalendarID FiscalYearSuffix
t: EarliestApplyDate
i: FiscalYear FiscalPeriod SysRevID
g: SysRowID
""",
    "EADType": """
s: Company EADType1 DefineBy TypeDescription FiscalCalendarID FiscalYearSuffix
t: EarliestApplyDate EffectiveDate
i: FiscalYear FiscalPeriod SysRevID
g: SysRowID
""",
    "Memo": """
s: Company RelatedToSchemaName RelatedToFile Key1 Key2 Key3 MemoUserID NotifyUserID MemoDesc MemoText CategoryID
   ChangeTrackChargeID ChangeTrackChargeDesc ChangeTrackStatus CategoryDesc
i: MemoNum SysRevID
b: Notify ChangeTrackChargeIDBtn
t: MemoDate NotifyDate MemoCompanyDate
d: ChangeTrackAmount
g: RelatedToSysRowID SysRowID
""",
}

_COUNTED = (
    ("s", "Character", 10),
    ("s", "ShortChar", 20),
    ("d", "Number", 20),
    ("t", "Date", 20),
    ("b", "CheckBox", 20),
)


def user_defined(table: str) -> str:
    """The columns of UD01 to UD40 (8.1)."""
    counted = (f"{kind}: {name}{n:02d}" for kind, name, last in _COUNTED for n in range(1, last + 1))
    return (
        f"s: Company Key1 Key2 Key3 Key4 Key5 b: Global{table} GlobalLock i: SysRevID g: SysRowID {' '.join(counted)}"
    )
