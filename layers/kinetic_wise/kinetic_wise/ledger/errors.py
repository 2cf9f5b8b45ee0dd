"""What the ledger answers when it does not simply write."""

from __future__ import annotations


class Moved(Exception):
    """Somebody else wrote the payment since it was read: read again and decide again."""


class Stopped(Exception):
    """The stop switch is on, or a cap is reached: no money may move now."""


class LedgerUnclear(Exception):
    """The database refused a write for a reason that is no answer: it is not known to be written."""


class LedgerRefused(Exception):
    """The database will not take a write as it is, however often it is tried: nothing was written. A bug, or a limit.

    The message says why, item by item, in DynamoDB's words.
    """
