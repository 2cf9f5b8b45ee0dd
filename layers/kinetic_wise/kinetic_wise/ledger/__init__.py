"""The ledger: payments, their audit trail and the connector's own state, in DynamoDB."""

from kinetic_wise.ledger.connector_state import ConnectorState
from kinetic_wise.ledger.errors import LedgerUnclear, Moved, Stopped
from kinetic_wise.ledger.payments import ClaimOutcome, Entry, Ledger

__all__ = ["ClaimOutcome", "ConnectorState", "Entry", "Ledger", "LedgerUnclear", "Moved", "Stopped"]
