"""Passwords: argon2id, made and checked slowly on purpose."""

from __future__ import annotations

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.store.refusals import PasswordTooLong, PasswordTooShort, PasswordTooWeak
from server.store.weak_passwords import is_weak

LEAST, MOST = 10, 200
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that can be taken for another one
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """argon2id; takes a tenth of a second on purpose: never inside a transaction.

    Raises: PasswordTooShort, PasswordTooLong, PasswordTooWeak.
    """
    if len(password) < LEAST:
        raise PasswordTooShort(least=LEAST)
    if len(password) > MOST:
        raise PasswordTooLong(most=MOST)
    if is_weak(password):
        raise PasswordTooWeak()
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Is it the password of this hash? Takes as long without one, so nobody learns who has an account."""
    if len(password) > MOST:
        return False
    try:
        return _hasher.verify(password_hash or _nobodys(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def one_time_password() -> str:
    """Letters and digits that cannot be taken for one another, in groups."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


@functools.cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex())
