"""The client of Wise: knows its API (wise-api.md) and nothing of the ledger, of AWS or of the flows."""

from kinetic_wise.wise.account_rules import account_rule
from kinetic_wise.wise.answers import Balance, ProfileDetails, Subscription
from kinetic_wise.wise.auth import PersonalToken
from kinetic_wise.wise.batches import CANCELLED, COMPLETED, NEW, Group, is_closed_to_members
from kinetic_wise.wise.client import WiseClient
from kinetic_wise.wise.columns import PayeeRules, site_columns
from kinetic_wise.wise.confirmations import CHECKED_CURRENCIES
from kinetic_wise.wise.connection import WiseTransport, wise_transport
from kinetic_wise.wise.details import RecipientDetails
from kinetic_wise.wise.environments import WrongEnvironment, environment_of, require_environment
from kinetic_wise.wise.errors import problems_of
from kinetic_wise.wise.filling import DetailsMissing
from kinetic_wise.wise.funding import Funding, FundingStatus
from kinetic_wise.wise.recipient_book import name_key
from kinetic_wise.wise.reference import reference_for, remittance_text
from kinetic_wise.wise.transfer_details import NATURE, REFERENCE, Telling

__all__ = [
    "CANCELLED",
    "CHECKED_CURRENCIES",
    "COMPLETED",
    "NATURE",
    "NEW",
    "REFERENCE",
    "Balance",
    "DetailsMissing",
    "Funding",
    "FundingStatus",
    "Group",
    "PayeeRules",
    "PersonalToken",
    "ProfileDetails",
    "RecipientDetails",
    "Subscription",
    "Telling",
    "WiseClient",
    "WiseTransport",
    "WrongEnvironment",
    "account_rule",
    "environment_of",
    "is_closed_to_members",
    "name_key",
    "problems_of",
    "reference_for",
    "remittance_text",
    "require_environment",
    "site_columns",
    "wise_transport",
]
