"""`init`: from an empty stack to one that is ready to pay. May be run again at any time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import asking, doctor_epicor, doctor_wise, ledger, offers, site
from cli.problem import FOUND, Problem
from cli.progress import counting
from cli.shell import Json, Shell, say, say_json, shell

Credentials = Annotated[
    Path | None, typer.Option(help='A file {"epicor": {…}, "wise": {…}}; without it init asks for each.')
]
Company = Annotated[list[str] | None, typer.Option(help="An Epicor company to pay for, once for each.")]
Profile = Annotated[str, typer.Option("--profile-id", help="The Wise profile that pays.")]
Currency = Annotated[str, typer.Option(help="What pays for currencies without a balance of their own.")]
Account = Annotated[str, typer.Option(help="The AWS account expected; else the one of the first init.")]
Adopt = Annotated[bool, typer.Option("--adopt", help="Bind the ledger without asking: from then on is paid.")]


def init(
    context: typer.Context,
    credentials: Credentials = None,
    company: Company = None,
    profile_id: Profile = "",
    funding_currency: Currency = "",
    account: Account = "",
    adopt: Adopt = False,
    json: Json = False,
) -> None:
    """Store both systems' credentials, choose what pays for whom, subscribe webhooks, run the doctor, bind the ledger.

    Asks for what no option or file says. Exit code 2 when the doctor finds a fault: then nothing is paid yet.
    """
    here = shell(context)
    asks = credentials is None
    if json and asks:
        raise Problem("--json asks nothing", "name a file of both envelopes with --credentials")
    _expect_account(here, account)
    run = Setup(here, credentials, tuple(company or ()), profile_id, funding_currency, quiet=json)
    run.choose()
    run.store()
    run.subscribe()
    run.examine()
    run.bind(adopt=adopt, asks=asks)
    if json:
        say_json(run.told)
    if not run.works:
        raise typer.Exit(FOUND)


def _expect_account(here: Shell, account: str) -> None:
    """Only in the account that is meant; which one that is, is remembered. Raises Problem."""
    found = here.connect(here.where).account
    if account and account != found:
        text = f"these credentials are for account {found or 'none: a local run'}, and {account} is expected"
        raise Problem(text, "choose another --profile")
    if account:
        here.accounts.remember(here.where.stack, account)
    here.accounts.remember(here.where.stack, here.connector.account)


@dataclass
class Setup:
    """One pass of `init`: what is chosen, stored and found."""

    here: Shell
    file: Path | None
    companies: tuple[str, ...]
    profile: str
    currency: str
    quiet: bool
    works: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    _envelopes: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    # --- choosing --------------------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Both envelopes, complete and tried, before anything is stored. Raises Problem.

        Wise by a refresh token is not tried: the connector's doctor does that once it is stored.
        """
        for system, ask in (("epicor", asking.ask_epicor), ("wise", asking.ask_wise)):
            stored = site.stored(self.here, system)
            if self.file is None:
                self._envelopes[system] = ask(stored)
            else:
                self._envelopes[system] = {
                    **_chosen_before(stored),
                    **site.envelope(self.here, system, self.file).values,
                }
            self._complete_epicor() if system == "epicor" else self._complete_wise()

    def _complete_epicor(self) -> None:
        values = self._envelopes["epicor"]
        before = tuple(values.pop("companies", None) or filter(None, [values.pop("company", "")]))
        values.pop("company", None)
        known = self.companies or before
        if not known and self.file is None:
            known = (str(typer.prompt("A company to pay for, by its ID in Epicor")),)
        if not known:
            raise Problem("no Epicor company is named", "name it with --company, or as `company` in the file")
        offered = offers.companies(self.here, values, known[0])
        if self.file is None and not self.companies:
            known = asking.choose_some("Companies to pay for", offered, known)
        values["companies"] = list(known)
        self._say(f"Epicor lets us in. Paid for: {', '.join(known)}.")

    def _complete_wise(self) -> None:
        values = self._envelopes["wise"]
        before = self.profile or str(values.get("profile_id") or "")
        if values.get("auth") == "refresh_token":  # a look would end the token that the connector holds
            values["profile_id"] = _number(before or str(self._asked("The Wise profile's number")))
            return
        offered = offers.profiles(self.here, values)
        values["profile_id"] = _number(self._one_of(offered, before))
        self._say(f"Wise lets us in. Profile: {offered[str(values['profile_id'])]}.")
        self._choose_currency(offers.currencies(self.here, values))

    def _one_of(self, offered: dict[str, str], before: str) -> str:
        if not offered:
            raise Problem("the token sees no business profile", "is its user a member of the business?")
        if self.file is None and not self.profile:
            return asking.choose("The profile that pays", offered, before)
        chosen = before or (next(iter(offered)) if len(offered) == 1 else "")
        if chosen not in offered:
            text = f"the token does not see profile {chosen}" if chosen else "the token sees several profiles"
            raise Problem(text, "name one of these with --profile-id", list(offered.values()))
        return chosen

    def _choose_currency(self, offered: dict[str, str]) -> None:
        if self.currency and self.currency not in offered:
            raise Problem(
                f"the profile has no balance in {self.currency}", "open it in Wise, or name another", [*offered]
            )
        if self.file is None and not self.currency and len(offered) > 1:
            say("\nInvoices in a currency with a balance of its own are paid from that balance.")
            self.currency = asking.choose("What pays for the others", offered)

    def _asked(self, what: str) -> str:
        if self.file is not None:
            raise Problem("no Wise profile is named", "name it with --profile-id, or as `profile_id` in the file")
        return str(typer.prompt(what))

    # --- doing -----------------------------------------------------------------------------------------------------

    def store(self) -> None:
        """Put into Secrets Manager what differs from what is there."""
        changed = [system for system in self._envelopes if site.store(self.here, system, self._envelopes[system])]
        self.told["stored"] = changed
        self._say(f"Stored in Secrets Manager: {', '.join(changed) or 'nothing, it is as it was'}.")

    def subscribe(self) -> None:
        """Have Wise call the stack's address; without that polling finds out, later."""
        url = self.here.connector.outputs.get("WebhookUrl", "")
        try:
            made = self.here.connector.order("subscribe", url=url)["subscriptions"] if url else []
        except Problem as problem:
            self.told["subscribed"] = 0
            self._say(f"No webhooks: {problem.message}. Polling goes on.", "yellow")
            return
        self.told["subscribed"] = len(made)
        self._say(f"{len(made)} event types are told to {url}.")

    def examine(self) -> None:
        """The doctor, on both systems, with the settings as they are deployed."""
        held = site.HeldEnvelope("Secrets Manager", self._envelopes["epicor"])
        chosen = site.settings(self.here, None, connected=True)
        with counting("calls to Epicor", quiet=self.quiet) as count:
            epicor = doctor_epicor.look(self.here, held, chosen, (), count)
        wise = doctor_wise.through_the_connector(self.here)
        self.told |= {"epicor": doctor_epicor.as_dict(epicor), "wise": doctor_wise.as_dict(wise)}
        self.works = bool(self.told["epicor"]["works"] and self.told["wise"]["works"])
        wanted = {"funding_currency": self.currency} if self.currency else {}
        self.told["settings"] = {**epicor.proposal, **wanted}
        if not self.quiet:
            doctor_epicor.tell(epicor.model_copy(update={"proposal": self.told["settings"]}))
            doctor_wise.tell(wise)
        if self.told["settings"]:
            self._say(
                "\nThe settings that fit go into the stack's parameter Settings (samconfig.toml); then deploy again."
            )

    def bind(self, *, adopt: bool, asks: bool) -> None:
        """Bind the ledger to these systems, unless a fault stands in the way or nobody has said so (rule 15)."""
        self.told["bound"] = bound = self._is_bound()
        if bound:
            self._say("The ledger is bound to these systems.")
        elif not self.works:
            self._say("The ledger is not bound, so nothing is paid. Mend the faults, then run init again.", "yellow")
        elif adopt or (asks and typer.confirm("Bind the ledger? From then on approved invoices are paid")):
            self.told |= {"adopted": self.here.connector.order("adopt"), "bound": True}
            if not self.quiet:
                ledger.tell(self.told["adopted"])
        else:
            self._say("The ledger is not bound, so nothing is paid: `kinetic-wise ledger adopt` begins.", "yellow")

    def _is_bound(self) -> bool:
        binding = self.here.connector.state.binding()
        epicor, wise = self._envelopes["epicor"], self._envelopes["wise"]
        return binding is not None and (binding.epicor, binding.companies, binding.profile) == (
            epicor["url"],
            tuple(sorted(epicor["companies"])),
            wise["profile_id"],
        )

    def _say(self, text: str, style: str = "") -> None:
        if not self.quiet:
            say(text, style)


def _chosen_before(stored: dict[str, Any]) -> dict[str, Any]:
    """What an earlier init chose from what the systems offer; a file need not repeat it."""
    return {name: stored[name] for name in ("companies", "profile_id") if name in stored}


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Problem(f"{text!r} is no number of a Wise profile", "it is a number such as 30000002")
    return int(text)
