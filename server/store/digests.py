"""HA1 of accounts that may use Digest: what a phone's answer over plain http is checked with.

It is as good as the password for Digest, and quickly guessed from: so it lies apart from the argon2id hash,
only where an administrator allowed it, and masked with secret.key, which is not in the database. Whoever has
the database alone has nothing. Spec: RFC 7616 section 3.4.2 (MD5, which is what ODK Collect answers).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.refusals import AccountNotFound
from server.store.tables import account
from server.store.transaction import Tx

REALM = "Baikoo"
_BYTES = 16  # of an MD5, and of the salt of its mask


@dataclass(frozen=True, slots=True)
class DigestSecret:
    actor_id: int
    ha1: str  # 32 hexadecimal figures


def ha1_of(username: str, realm: str, password: str) -> str:
    """MD5(username:realm:password), as RFC 7616 calls it."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


class Digests:
    def __init__(self, foundation: Foundation) -> None:
        self._secret = foundation.secret
        self._cached: Cached[str, DigestSecret | None] = Cached(
            foundation.generations, "accounts", self._load, most=2000
        )

    def find(self, email: str) -> DigestSecret | None:
        """By e-mail as the phone wrote it, a part of HA1; None where Digest is not for this account."""
        return self._cached.get(email)

    def allow(self, tx: Tx, actor_id: int, *, allowed: bool) -> None:
        """Allowed, it begins with the next password that is set. Raises: AccountNotFound."""
        values: dict[str, bool | None] = {"may_use_digest": allowed}
        if not allowed:
            values["digest_ha1"] = None
        tx.touch("accounts")
        changed = tx.conn.execute(account.update().where(account.c.actor_id == actor_id).values(**values))
        if changed.rowcount == 0:
            raise AccountNotFound(name=actor_id)

    def keep(self, tx: Tx, actor_id: int, password: str) -> None:
        """HA1 of a new password, where the account may use Digest; else nothing."""
        row = tx.conn.execute(
            select(account.c.email, account.c.may_use_digest).where(account.c.actor_id == actor_id)
        ).one_or_none()
        if row is None or not row.may_use_digest:
            return
        tx.touch("accounts")
        masked = self._mask(ha1_of(row.email, REALM, password))
        tx.conn.execute(account.update().where(account.c.actor_id == actor_id).values(digest_ha1=masked))

    def _load(self, connection: Connection, email: str) -> DigestSecret | None:
        row = connection.execute(
            select(account.c.actor_id, account.c.digest_ha1).where(
                account.c.email == email, account.c.may_use_digest, account.c.disabled_at.is_(None)
            )
        ).one_or_none()
        if row is None or row.digest_ha1 is None:
            return None
        return DigestSecret(row.actor_id, self._unmask(row.digest_ha1))

    def _mask(self, ha1: str) -> str:
        salt = secrets.token_bytes(_BYTES)
        return (salt + self._pad(salt, bytes.fromhex(ha1))).hex()

    def _unmask(self, masked: str) -> str:
        raw = bytes.fromhex(masked)
        return self._pad(raw[:_BYTES], raw[_BYTES:]).hex()

    def _pad(self, salt: bytes, text: bytes) -> bytes:
        """Sixteen bytes against as many that only secret.key gives, new for each salt."""
        pad = hmac.digest(self._secret, b"digest-ha1:" + salt, "sha256")
        return bytes(a ^ b for a, b in zip(text, pad, strict=False))
