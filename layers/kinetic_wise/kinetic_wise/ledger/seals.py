"""The daily seal: chain, number and hash of every head that moved, where nobody can change them (design section 5).

Whoever may write the tables could rewrite a chain together with its head. A seal tells: it lies in S3 under object
lock, is written once, and names the seal before it with its digest, so that none can be left out either.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import simplejson

from kinetic_wise.ledger.audit import Head
from kinetic_wise.ledger.evidence import Evidence
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import Finding, Tampering

PREFIX = "seals/"
_MARGIN = timedelta(hours=1)  # clocks differ; a head that is sealed twice does no harm
_AT_ONCE = 100


@dataclass(frozen=True)
class Sealed:
    """A seal that was written, or was there already."""

    key: str
    chains: int
    is_new: bool


def seal(trail: Trail, evidence: Evidence, now: datetime) -> Sealed:
    """Seal every chain that was written since the last seal. One seal a day: another one changes nothing."""
    key, before = f"{PREFIX}{now:%Y-%m-%d}.jsonl", _last(evidence)
    if before == key:
        return Sealed(key, 0, is_new=False)
    since = _sealed_at(evidence, before) - _MARGIN if before else None
    chains = 0
    with tempfile.TemporaryFile() as stream:
        digest = evidence.digest(before) if before else ""
        stream.write(_line({"at": now.isoformat(), "previous": before, "previous_sha256": digest}))
        for chain, head in trail.moved_heads(since):
            stream.write(_line({"chain": chain, "n": head.count, "hash": head.hash}))
            chains += 1
        stream.write(_line({"chains": chains}))
        stream.seek(0)
        return Sealed(key, chains, is_new=evidence.put(key, stream))


def _last(evidence: Evidence) -> str:
    return max(evidence.keys(PREFIX), default="")


def _sealed_at(evidence: Evidence, key: str) -> datetime:
    return datetime.fromisoformat(simplejson.loads(next(evidence.lines(key)))["at"])


def _line(values: dict[str, Any]) -> bytes:
    return f"{simplejson.dumps(values, ensure_ascii=False)}\n".encode()


# --- against the seals ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SealChecked:
    """A seal that was held against the trail."""

    key: str
    heads: int
    findings: tuple[Finding, ...]


def verify_seals(trail: Trail, evidence: Evidence, only: str = "") -> Iterator[SealChecked]:
    """Hold every seal against the trail, the oldest first; `only` one chain's heads. One seal is read at a time.

    The newest has none after it that names it: the bucket's versions tell of it, and of those that were deleted.
    """
    changed = set(evidence.changed(PREFIX))
    before, digest = "", ""
    for key in evidence.keys(PREFIX):
        checked = _check(trail, evidence, key, (before, digest), only)
        if key in changed:
            again = Finding(key, "", Tampering.ALTERED, "written more than once: its versions in the bucket tell")
            checked = replace(checked, findings=(*checked.findings, again))
        changed.discard(key)
        yield checked
        before, digest = key, evidence.digest(key)
    for key in sorted(changed):
        yield SealChecked(key, 0, (Finding(key, "", Tampering.REMOVED, "deleted: its versions in the bucket tell"),))


def _check(trail: Trail, evidence: Evidence, key: str, before: tuple[str, str], only: str) -> SealChecked:
    lines = (simplejson.loads(line) for line in evidence.lines(key))
    findings = list(_against_the_one_before(key, next(lines, {}), before))
    heads, end = 0, None
    sealed: list[tuple[str, Head]] = []
    while part := list(islice(lines, _AT_ONCE)):
        end = part[-1].get("chains")
        sealed = [(line["chain"], Head(line["n"], line["hash"])) for line in part if "chain" in line]
        heads += len(sealed)
        findings += _against(trail, key, [(chain, head) for chain, head in sealed if only in ("", chain)])
    if end != heads:
        findings.append(Finding(key, "", Tampering.ALTERED, "the seal is cut off, or lines are missing in it"))
    return SealChecked(key, heads, tuple(findings))


def _against_the_one_before(key: str, told: dict[str, Any], before: tuple[str, str]) -> Iterator[Finding]:
    if told.get("previous") != before[0]:
        missing = str(told.get("previous") or key)
        yield Finding(missing, "", Tampering.REMOVED, f"the seal before {key} is another one than it names")
    elif told.get("previous_sha256") != before[1]:
        yield Finding(before[0], "", Tampering.ALTERED, f"{key} names another digest of it")


def _against(trail: Trail, key: str, sealed: list[tuple[str, Head]]) -> Iterator[Finding]:
    wanted = [(chain, head) for chain, head in sealed if head.count]
    found = trail.hashes([(chain, head.count) for chain, head in wanted]) if wanted else {}
    for chain, head in wanted:
        now = found.get((chain, head.count))
        number = f"{head.count:010d}"
        if now is None:
            yield Finding(chain, number, Tampering.REMOVED, f"{key} has sealed it, and it is missing")
        elif now != head.hash:
            yield Finding(chain, number, Tampering.ALTERED, f"{key} has sealed it with another hash")
