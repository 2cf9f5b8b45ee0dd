"""Rules set in the Wise account's own screens that stop every payment through the API (wise-api.md 12, no. 23)."""

from __future__ import annotations

import re

from kinetic_wise.transport import RemoteError

_PAYMENT_APPROVALS = re.compile(r"missing approval", re.IGNORECASE)


def account_rule(error: RemoteError) -> str:
    """Which rule of the account stands behind a refusal, and who can lift it; "" for any other refusal."""
    if not _PAYMENT_APPROVALS.search(str(error)):
        return ""
    return (
        "Payment Approvals are switched on in the Wise account, and with them no transfer can be created through the "
        "API: an administrator of the account changes the rule in Wise's settings, then release the payment"
    )
