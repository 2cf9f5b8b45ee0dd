"""The transfer as Wise writes it, and a receipt (wise-api.md sections 6.1 and 6.3)."""

from __future__ import annotations

from typing import Any

from simulators.wise.books import Payment, Transfer
from simulators.wise.times import iso_millis, plain
from simulators.wise.world import USER


def transfer_view(transfer: Transfer) -> dict[str, Any]:
    """The transfer; `sourceValue` is after the fee, `created` without a zone."""
    return {
        "id": transfer.id,
        "user": USER,
        "targetAccount": transfer.recipient.id,
        "sourceAccount": transfer.source_account,
        "quote": None,
        "quoteUuid": transfer.quote.id,
        "status": transfer.status,
        "reference": transfer.reference,
        "rate": transfer.rate,
        "created": plain(transfer.created),
        "business": transfer.profile.id if transfer.profile.business else None,
        "transferRequest": None,
        "details": {**transfer.details, "reference": transfer.reference},
        "hasActiveIssues": bool(transfer.cases),
        "sourceCurrency": transfer.quote.source_currency,
        "sourceValue": transfer.source_value,
        "targetCurrency": transfer.quote.target_currency,
        "targetValue": transfer.target_value,
        "customerTransactionId": transfer.key,
    }


def payment_view(payment: Payment) -> dict[str, Any]:
    """A completed payment into a transfer; the amount includes the fee."""
    return {
        "id": payment.id,
        "method": "BALANCE",
        "pricingVariant": "BALANCE",
        "amount": payment.amount,
        "currency": payment.currency,
        "timeCreated": iso_millis(payment.created),
        "timeUpdated": iso_millis(payment.created),
    }


def receipt(transfer: Transfer) -> bytes:
    """A one-page PDF."""
    amount = f"{transfer.target_value} {transfer.quote.target_currency}"
    line = f"Transfer {transfer.id}: {amount}".encode("latin-1", "replace")
    content = b"BT /F1 12 Tf 72 720 Td (" + line + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    return _pdf(objects)


def _pdf(objects: list[bytes]) -> bytes:
    text = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(text)
    text += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    text += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return text + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
