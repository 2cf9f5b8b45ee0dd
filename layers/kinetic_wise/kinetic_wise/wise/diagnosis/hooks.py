"""Whether Wise tells us what happens: our subscriptions, and those that are not (section 9.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kinetic_wise.findings import Finding, ok, warning
from kinetic_wise.wise.answers import Subscription
from kinetic_wise.wise.client import WiseClient

_SUBSCRIBE = "order `kinetic-wise webhooks subscribe`; until then polling alone finds out, later"


def subscriptions(
    client: WiseClient, events: Mapping[str, str], ours: Mapping[str, str] | None, url: str
) -> Iterable[Finding]:
    """Each event type that we use: subscribed once, in our version, at our address, known to our ledger."""
    found = client.subscriptions()
    if ours is None:
        yield ok("webhooks", f"the profile has {len(found)} subscriptions; ours are made when the connector is there")
        return
    here = [one for one in found if one.id in ours or (url and one.url == url)]
    for event, version in events.items():
        yield _event(event, version, [one for one in here if one.event == event], ours, url)
    gone = sorted(set(ours.values()) - set(events))
    superfluous = sorted({one.event for one in here} - set(events))
    for event in (*gone, *(name for name in superfluous if name not in gone)):
        yield warning("webhooks", f"{event} is subscribed and not used", "subscribe anew: what is not used goes")
    others = [one for one in found if one not in here]
    if others:
        places = ", ".join(sorted({one.url for one in others}))
        yield ok("webhooks", f"{len(others)} subscriptions are other programs': {places}")


def _event(event: str, version: str, found: Sequence[Subscription], ours: Mapping[str, str], url: str) -> Finding:
    known = [one for one in found if one.id in ours]
    if not found:
        lost = event in ours.values()
        told = "was removed at Wise" if lost else "is not subscribed"
        return warning("webhooks", f"{event} {told}", _SUBSCRIBE)
    if not known:
        return warning(
            "webhooks", f"{event} is subscribed by somebody else for our address: not listened to", _SUBSCRIBE
        )
    if len(found) > 1:
        text = f"{event} is subscribed {len(found)} times: each event comes as often"
        return warning("webhooks", text, "subscribe anew: one of them stays")
    one = known[0]
    if one.version != version:
        text = f"{event} comes in schema version {one.version}, not {version}"
        return warning("webhooks", text, "subscribe anew")
    if url and one.url != url:
        return warning("webhooks", f"{event} goes to {one.url}, not to this connector", "subscribe anew")
    return ok("webhooks", f"{event} {version} is subscribed")
