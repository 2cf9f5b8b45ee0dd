"""What we made in Epicor, found by our references and our groups: for a ledger that is new or was set back (rule 15).

Read by sets in every mode: a ledger that lost what it knew has no payment to ask for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kinetic_wise.epicor import values
from kinetic_wise.epicor.drafts import (
    GROUP_COLUMNS,
    IDS_A_QUERY,
    LINE_COLUMNS,
    LINE_ORDER,
    PAYMENT_COLUMNS,
    Drafts,
    found_in,
)
from kinetic_wise.epicor.service import Service, literal
from kinetic_wise.epicor.sets import GROUPS, LINES, PAYMENTS
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.systems import Draft


@dataclass
class MadeByUs:
    """Lists payments and groups of ours."""

    service: Service
    drafts: Drafts

    def unposted(self, company: str, reference_start: str) -> Iterator[Draft]:
        """Each payment in entry whose reference starts so, by HeadNum. Raises RemoteError."""
        where = f"startswith(XRefCheckNum,{literal(reference_start)}) and Posted eq false and Voided eq false"
        for row in self._payments(company, where):
            draft = self.drafts.look(company, values.text(row, "GroupID"), values.text(row, "XRefCheckNum")).draft
            if draft is not None:
                yield draft

    def posted(self, company: str, reference_start: str, since: date) -> Iterator[Draft]:
        """Each posted payment, not voided, dated `since` or later, whose reference starts so. Raises RemoteError.

        Two calls for every forty, and one for every hundred: there may be thousands.
        """
        state = f"Posted eq true and Voided eq false and CheckDate ge {since.isoformat()}T00:00:00Z"
        rows = list(self._payments(company, f"startswith(XRefCheckNum,{literal(reference_start)}) and {state}"))
        for start in range(0, len(rows), IDS_A_QUERY):
            yield from self._with_lines(company, rows[start : start + IDS_A_QUERY])

    def begun(self, company: str, group_start: str, known: Collection[str]) -> Iterator[Draft]:
        """Each other group that our user made under an id that starts so and in which nothing was posted or voided.

        As a draft of its first payment. Raises RemoteError. Three calls each, and two for every hundred groups.
        """
        for page in self._groups(company, group_start):
            made = [values.text(row, "GroupID") for row in page if self._is_ours(row)]
            unknown = [group_id for group_id in made if group_id not in known]
            done = self._done(company, unknown)
            for draft in (self.drafts.look(company, each).draft for each in unknown if each not in done):
                if draft is not None and not (draft.posted or draft.voided):
                    yield draft

    def _is_ours(self, group: Row) -> bool:
        """Whether our user made it. Where nobody knows our user, the id has to do."""
        user = self.service.transport.auth.user.casefold()
        return not user or values.text(group, "CreatedBy").casefold() == user

    def _payments(self, company: str, where: str) -> Iterator[Row]:
        last = 0
        while rows := self.service.rows(
            company, PAYMENTS, PAYMENT_COLUMNS, f"{where} and HeadNum gt {last}", "HeadNum"
        ):
            yield from rows
            last = values.number(rows[-1], "HeadNum")

    def _groups(self, company: str, group_start: str) -> Iterator[list[Row]]:
        last = ""
        while rows := self.service.rows(
            company,
            GROUPS,
            GROUP_COLUMNS,
            f"startswith(GroupID,{literal(group_start)}) and GroupID gt {literal(last)}",
            "GroupID",
        ):
            yield rows
            last = values.text(rows[-1], "GroupID")

    def _with_lines(self, company: str, rows: Sequence[Row]) -> Iterator[Draft]:
        """The payments with their lines. A page may end within a payment, which is read again then."""
        while rows:
            lines = self._lines(company, rows)
            first, last = (_head_num(lines[0]), _head_num(lines[-1])) if lines else (0, _head_num(rows[-1]))
            whole = [row for row in rows if _head_num(row) < last or (first in (0, last) and _head_num(row) == last)]
            yield from (draft for draft in (_draft(row, lines) for row in whole) if draft is not None)
            rows = rows[len(whole) :]

    def _lines(self, company: str, rows: Sequence[Row]) -> list[Row]:
        where = " or ".join(f"HeadNum eq {_head_num(row)}" for row in rows)
        return self.service.rows(company, LINES, LINE_COLUMNS, where, LINE_ORDER)

    def _done(self, company: str, group_ids: Sequence[str]) -> set[str]:
        """Those of these groups that hold something posted or voided; of a page that was cut not all. One call each."""
        found: set[str] = set()
        for start in range(0, len(group_ids), IDS_A_QUERY):
            names = " or ".join(f"GroupID eq {literal(each)}" for each in group_ids[start : start + IDS_A_QUERY])
            where = f"({names}) and (Posted eq true or Voided eq true)"
            rows = self.service.rows(company, PAYMENTS, "HeadNum,GroupID", where, "HeadNum")
            found |= {values.text(row, "GroupID") for row in rows}
        return found


def _head_num(row: Row) -> int:
    return values.number(row, "HeadNum")


def _draft(row: Row, lines: Sequence[Row]) -> Draft | None:
    group_id, reference = values.text(row, "GroupID"), values.text(row, "XRefCheckNum")
    return found_in({"CheckHed": [row], "APTran": list(lines)}, group_id, reference).draft
