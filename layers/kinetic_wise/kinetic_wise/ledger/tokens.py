"""Tokens shared by all workers, in the connector table: encrypted, the newest wins, renewed by one at a time.

`TOKEN#<name>` holds three items: `CURRENT`, the newest token; `LEASE`, who renews it; `REFUSED`, that our credentials
were refused. A token is encrypted with a data key of its own: KMS takes 4 KB at most, and Wise announced longer tokens.
The encryption context names the system and the credentials, so that no item can be passed off as another's.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import simplejson
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kinetic_wise.ledger.items import from_item, nothing_sent, to_item
from kinetic_wise.ledger.leases import Leases
from kinetic_wise.tokens import Refusal, Token
from kinetic_wise.transport import system_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

_LEASE = "LEASE"
_LEASE_SECONDS = 60  # two requests for a token with all their pauses
_LONGEST_PAUSE = timedelta(hours=6)  # between two tries of refused credentials
_FORGET = timedelta(days=1)  # then a refusal counts as the first again
_NONCE_BYTES = 12
_SECRETS = ("access", "refresh", "first_refresh")


@dataclass(frozen=True)
class TokenTable:
    """The connector table and the key that encrypts tokens in it."""

    client: DynamoDBClient
    table: str
    kms: KMSClient
    key_id: str
    now: Callable[[], datetime] = system_time
    new_id: Callable[[], str] = lambda: str(uuid4())


@dataclass
class Tokens:
    """The store of one system's token (`kinetic_wise.tokens.TokenStore`). Belongs to one worker.

    Raises NotArrived when the table does not answer, and what KMS refuses as it is.

    `name` tells the credentials apart: address, mode, who. `envelope_version` tells what was stored under them: new
    credentials are not bound by a refusal of the old ones. `first_pause` is how long a first refusal is remembered.
    """

    place: TokenTable
    system: str
    name: str
    envelope_version: str
    first_pause: timedelta = timedelta(minutes=5)
    _holder: str = field(default="", init=False)
    _data_key: tuple[bytes, bytes] | None = field(default=None, init=False, repr=False)  # plain, encrypted
    _opened: tuple[str, Token] | None = field(default=None, init=False, repr=False)  # the last item opened

    # --- the newest token ----------------------------------------------------------------------------------------

    def newest(self) -> Token | None:
        """The newest token anybody kept."""
        item = self._get("CURRENT")
        if item is None:
            return None
        sealed = item["sealed"]
        if self._opened is None or self._opened[0] != sealed:
            self._opened = (sealed, self._open(item))
        return self._opened[1]

    def keep(self, token: Token, before: Token | None) -> Token:
        """Keep a token got after `before` was read, unless a newer one came meanwhile. Answers the one that counts."""
        item = {**self._seal(token), "age": _age(token)}
        names, values = {"#a": "age"}, {":mine": item["age"]}
        condition = "attribute_not_exists(pk) OR #a < :mine"
        if before is not None:  # nobody wrote since: ours is newer whatever the clocks say
            condition, values = f"{condition} OR #a = :before", {**values, ":before": _age(before)}
        if self._put("CURRENT", item, condition, names, values):
            return token
        return self.newest() or token

    def _seal(self, token: Token) -> dict[str, Any]:
        plain_key, encrypted_key = self._data_key or self._new_key()
        self._data_key = None  # one key, one token
        nonce = secrets.token_bytes(_NONCE_BYTES)
        hidden = simplejson.dumps({name: getattr(token, name) for name in _SECRETS}).encode()
        sealed = nonce + AESGCM(plain_key).encrypt(nonce, hidden, self.name.encode())
        times = {
            "created_at": _text(token.created_at),
            "obtained_at": _text(token.obtained_at),
            "token_expires_at": _text(token.expires_at),
        }
        return {"key": _encoded(encrypted_key), "sealed": _encoded(sealed), **times}

    def _open(self, item: dict[str, Any]) -> Token:
        sealed, key = base64.b64decode(item["sealed"]), base64.b64decode(item["key"])
        answer = self.place.kms.decrypt(KeyId=self.place.key_id, CiphertextBlob=key, EncryptionContext=self._context())
        hidden = AESGCM(answer["Plaintext"]).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self.name.encode())
        return Token(
            **simplejson.loads(hidden),
            created_at=datetime.fromisoformat(item["created_at"]),
            obtained_at=datetime.fromisoformat(item["obtained_at"]),
            expires_at=datetime.fromisoformat(item["token_expires_at"]),
        )

    def _new_key(self) -> tuple[bytes, bytes]:
        answer = self.place.kms.generate_data_key(
            KeyId=self.place.key_id, KeySpec="AES_256", EncryptionContext=self._context()
        )
        return answer["Plaintext"], answer["CiphertextBlob"]

    def _context(self) -> dict[str, str]:
        return {"token": self.system, "of": self.name}

    # --- who renews ----------------------------------------------------------------------------------------------

    def try_lease(self) -> bool:
        """Become the one who renews, for a minute; False while somebody else is.

        The key for the new token is made here: what would keep us from storing it must show before it is asked for.
        """
        holder = self.place.new_id()
        with nothing_sent("writing the token store"):
            if not self._leases.take(self._pk, _LEASE, holder, _LEASE_SECONDS):
                return False
        self._holder = holder
        try:
            self._data_key = self._data_key or self._new_key()
        except ClientError:
            self.leave_lease()
            raise
        return True

    def leave_lease(self) -> None:
        """Let others renew. One that ran out and is somebody else's now is left alone."""
        with suppress(ClientError, BotoCoreError):  # it ends by itself
            self._leases.leave(self._pk, _LEASE, self._holder)

    @property
    def _leases(self) -> Leases:
        return Leases(self.place.client, self.place.table, self.place.now)

    # --- refusals ------------------------------------------------------------------------------------------------

    def refusal(self) -> Refusal | None:
        """The last refusal of these very credentials, also one whose time is over; None after a success."""
        item = self._get("REFUSED")
        if item is None or item["envelope_version"] != self.envelope_version:
            return None
        until = datetime.fromtimestamp(item["until"], UTC)
        if until + _FORGET < self.place.now():
            return None
        return Refusal(item["reason"], until, item["count"])

    def refuse(self, reason: str) -> bool:
        """Remember a refusal, each in a row for twice as long; False when another worker remembered it just before."""
        now, before = self.place.now(), self.refusal()
        count = before.count + 1 if before else 1
        pause = min(self.first_pause * 2 ** min(count - 1, 20), _LONGEST_PAUSE)
        item = {
            "reason": reason,
            "until": int((now + pause).timestamp()),
            "count": count,
            "envelope_version": self.envelope_version,
            "write_id": self.place.new_id(),
            "expires_at": int((now + pause + _FORGET).timestamp()),
        }
        over = "attribute_not_exists(pk) OR #u <= :now OR envelope_version <> :mine"
        values = {":now": int(now.timestamp()), ":mine": self.envelope_version}
        return self._put("REFUSED", item, over, {"#u": "until"}, values)

    def accept(self) -> None:
        """Forget refusals: the credentials work."""
        with nothing_sent("forgetting a refusal"):
            self.place.client.delete_item(TableName=self.place.table, Key=self._key("REFUSED"))

    # --- items ---------------------------------------------------------------------------------------------------

    @property
    def _pk(self) -> str:
        return f"TOKEN#{self.name}"

    def _key(self, sk: str) -> dict[str, Any]:
        return to_item({"pk": self._pk, "sk": sk})

    def _get(self, sk: str) -> dict[str, Any] | None:
        with nothing_sent("reading the token store"):
            answer = self.place.client.get_item(TableName=self.place.table, Key=self._key(sk), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def _put(
        self, sk: str, values: dict[str, Any], condition: str, names: dict[str, str], terms: dict[str, Any]
    ) -> bool:
        """Whether the condition held. A repeat of our own write by the SDK may find it done: then it reads the same."""
        with nothing_sent("writing the token store"):
            try:
                self.place.client.put_item(
                    TableName=self.place.table,
                    Item={**to_item(values), **self._key(sk)},
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=to_item(terms),
                )
            except self.place.client.exceptions.ConditionalCheckFailedException:
                return self._get(sk) == {**from_item(to_item(values)), "pk": self._pk, "sk": sk}
        return True


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _age(token: Token) -> str:
    """What sorts tokens by age: issuers count whole seconds, so two of one second are told apart by when they came."""
    return f"{_text(token.created_at)} {_text(token.obtained_at)}"


def _text(moment: datetime) -> str:
    """A moment that sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
