"""What a payment costs at Epicor, counted call by call from its claim on."""

from collections import Counter
from dataclasses import replace

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request
from simulators.common.simulator import Answer
from simulators.sample_day import Day, make_day
from tests.support.world import World

_SMALL_TABLES = ("Currencies", "Countries", "BankAccts", "PayMethods")  # kept for an hour, whatever is paid


def _day(invoices: int) -> Day:
    """Ordinary EUR invoices of one vendor that Wise treats as usual."""
    day = make_day()
    ordinary = [i for i in day.invoices if i.vendor_num == 102 and i.company == "EPIC01" and i.sent == (i.amount,)]
    payable = [i for i in ordinary if i.expect_outcome == "paid"]
    return replace(day, invoices=tuple(payable[:invoices]), duplicate_messages=())


def _calls(settings: Settings, invoices: int) -> list[str]:
    """The calls to Epicor of a day's payments, from their claims on; small tables left out."""
    world = World(_day(invoices), settings)
    seen: list[str] = []
    handle = world.epicor.handle

    def counted(request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if name not in _SMALL_TABLES and len(world.payments()) == invoices:
            seen.append(name)
        return handle(request)

    world.epicor.handle = counted  # type: ignore[method-assign]
    world.poll()
    world.run(7200)
    assert [payment.status for payment in world.payments().values()] == [Status.POSTED] * invoices
    return seen


def test_a_payment_by_functions_costs_six_calls() -> None:
    """Vendor, reserve, read-back, gate, post, read-back: one call of the library each; a new recipient two reads."""
    seen = _calls(Settings(function_library="KineticWise"), 1)
    assert [name for name in seen if name.endswith("Payment")] == [
        "LookAtPayment",
        "ReservePayment",
        "LookAtPayment",
        "LookAtPayment",
        "PostPayment",
        "LookAtPayment",
    ]
    assert [name for name in seen if not name.endswith("Payment")] == ["Vendors", "VendBanks"]


def test_the_cost_by_functions_is_six_calls_for_each_payment() -> None:
    """The next payment of the vendor needs no recipient any more: six calls, and nothing besides."""
    one, two = (_calls(Settings(function_library="KineticWise", running=1), invoices) for invoices in (1, 2))
    assert len(two) - len(one) == 6
    assert len(two) == 6 * 2 + 2


def test_the_cost_by_services() -> None:
    """Without a library: a look of 4 calls, 16 to reserve, 1 to read back, 5 at the gate, 9 to post."""
    one, two = (_calls(Settings(running=1), invoices) for invoices in (1, 2))
    assert len(two) - len(one) == 35, Counter(two) - Counter(one)
