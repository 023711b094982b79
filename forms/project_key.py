"""The key of a project whose forms the server has encrypted: made here, locked by a passphrase.

The server keeps the private key only as it stands here, sealed with a key that is derived from the
passphrase (argon2id); the passphrase itself is kept nowhere, and lost with it are the answers.
"""

from __future__ import annotations

import base64
import os

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forms.decoding import decode
from forms.encryption import written_public_key
from forms.faults.encryption import PassphraseWrong

BITS = 2048  # what every ODK client takes


class _Locked(msgspec.Struct, frozen=True):
    """A private key under a passphrase, with what it takes to derive the key again."""

    salt: str
    nonce: str
    sealed: str
    time_cost: int = 3
    memory_kib: int = 65536
    lanes: int = 4


def new_key(passphrase: str) -> tuple[str, str]:
    """(public key as a form carries it, private key locked by the passphrase). Takes a second."""
    key = rsa.generate_private_key(65537, BITS)
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = written_public_key(key.public_key())
    salt, nonce = os.urandom(16), os.urandom(12)
    locked = _Locked(_text(salt), _text(nonce), "")
    sealed = AESGCM(_derived(passphrase, locked)).encrypt(nonce, plain, public.encode())
    return public, msgspec.json.encode(msgspec.structs.replace(locked, sealed=_text(sealed))).decode()


def unlock(public_key: str, locked_key: str, passphrase: str) -> RSAPrivateKey:
    """The private key. Raises: PassphraseWrong."""
    locked = decode(locked_key, _Locked)
    try:
        plain = AESGCM(_derived(passphrase, locked)).decrypt(
            base64.b64decode(locked.nonce), base64.b64decode(locked.sealed), public_key.encode()
        )
    except InvalidTag as error:
        raise PassphraseWrong() from error
    return _rsa(serialization.load_der_private_key(plain, None))


def own_key(public_key: str, pem: str) -> RSAPrivateKey:
    """A private key that its owner shows for once, as PEM, to open what the form's key has sealed.

    Raises: PassphraseWrong (it is no such key, or another form's).
    """
    try:
        key = _rsa(serialization.load_pem_private_key(pem.encode(), None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PassphraseWrong() from error
    if written_public_key(key.public_key()) != "".join(public_key.split()):
        raise PassphraseWrong()
    return key


def _rsa(key: object) -> RSAPrivateKey:
    if not isinstance(key, RSAPrivateKey):
        raise PassphraseWrong()
    return key


def _derived(passphrase: str, locked: _Locked) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        base64.b64decode(locked.salt),
        time_cost=locked.time_cost,
        memory_cost=locked.memory_kib,
        parallelism=locked.lanes,
        hash_len=32,
        type=Type.ID,
    )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
