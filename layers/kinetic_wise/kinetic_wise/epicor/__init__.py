"""The client of Epicor Kinetic. It knows nothing of ledger, AWS or flows."""

from kinetic_wise.epicor.auth import Auth, BasicAuth
from kinetic_wise.epicor.client import EpicorClient
from kinetic_wise.epicor.connection import EpicorTransport, epicor_transport
from kinetic_wise.epicor.drafts import LivePayment
from kinetic_wise.epicor.errors import ConfigurationMissing, ForeignDraft
from kinetic_wise.epicor.invoices import Page
from kinetic_wise.epicor.looks import Look
from kinetic_wise.epicor.options import EpicorOptions
from kinetic_wise.epicor.watermark import Watermark

__all__ = [
    "Auth",
    "BasicAuth",
    "ConfigurationMissing",
    "EpicorClient",
    "EpicorOptions",
    "EpicorTransport",
    "ForeignDraft",
    "LivePayment",
    "Look",
    "Page",
    "Watermark",
    "epicor_transport",
]
