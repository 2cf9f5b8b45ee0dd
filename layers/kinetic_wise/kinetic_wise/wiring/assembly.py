"""What functions ask for: everything a flow works with, put together once a process."""

from __future__ import annotations

from functools import cache

from kinetic_wise.aws import KmsFingerprinter, SqsDeadLetters, SqsQueue, StateMachine
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.keep_reconciliation import Keeping
from kinetic_wise.flows.reconcile import Sources
from kinetic_wise.ledger.histories import Histories
from kinetic_wise.transport import system_time
from kinetic_wise.wiring import stores, systems
from kinetic_wise.wiring.surroundings import aws, env, log, meter, settings


@cache
def deps() -> Deps:
    """Everything a flow works with, built once a process."""
    return Deps(
        ledger_id=env("KINETIC_WISE_LEDGER_ID"),
        settings=settings(),
        ledger=stores.ledger(),
        state=stores.state(),
        make_epicor=systems.epicor,
        make_wise=systems.wise,
        read_epicor_site=systems.epicor_site,
        read_wise_site=systems.wise_site,
        payments_queue=SqsQueue(aws("sqs"), env("PAYMENTS_QUEUE_URL")),
        events_queue=events_queue(),
        executions=StateMachine(aws("stepfunctions"), env("STATE_MACHINE_ARN")),
        fingerprint=KmsFingerprinter(aws("kms"), env("FINGERPRINT_KEY_ID")),
        table_id=cache(stores.reading().table_id),
        now=system_time,
        log=log(),
        dead_letters=_dead_letters(),
        meter=meter(),
    )


@cache
def sources() -> Sources:
    """The three books, to be compared."""
    known = deps()
    return Sources(
        settings=known.settings,
        histories=Histories(aws("dynamodb"), env("PAYMENTS_TABLE")),
        epicor=known.epicor_place,
        companies=known.epicor_site.companies,
        wise=known.wise,
        now=known.now,
        forget=known.exchanges.take,
    )


@cache
def keeping() -> Keeping:
    """Where a reconciliation is kept."""
    return Keeping(stores.evidence(), stores.state().note, deps().log)


@cache
def events_queue() -> SqsQueue:
    """The queue of transfers to settle."""
    return SqsQueue(aws("sqs"), env("TRANSFER_EVENTS_QUEUE_URL"))


@cache
def balances_queue() -> SqsQueue:
    """The queue of balances that moved."""
    return SqsQueue(aws("sqs"), env("BALANCE_EVENTS_QUEUE_URL"))


def _dead_letters() -> dict[str, SqsDeadLetters]:
    """The dead-letter queues by the names of the queues that they stand behind."""
    urls = {
        "payments": (env("PAYMENTS_DEAD_LETTERS_URL"), env("PAYMENTS_QUEUE_URL")),
        "transfer-events": (env("TRANSFER_EVENTS_DEAD_LETTERS_URL"), env("TRANSFER_EVENTS_QUEUE_URL")),
        "balance-events": (env("BALANCE_EVENTS_DEAD_LETTERS_URL"), env("BALANCE_EVENTS_QUEUE_URL")),
    }
    return {name: SqsDeadLetters(aws("sqs"), dead, source) for name, (dead, source) in urls.items()}
