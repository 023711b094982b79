"""Instances that were encrypted on the phone: what their manifest says, and how they are opened.

A manifest names files that only the owner of the form's private key can read: the media, and last the
answers themselves. Spec: protocol.md 9 and https://getodk.github.io/xforms-spec/encryption
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from cryptography.hazmat.decrepit.ciphers.modes import CFB  # what the specification asks for
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from forms.instance import parse_instance

PrivateKey: TypeAlias = RSAPrivateKey  # for rooms that do not know the library

XML_NAME = "submission.xml"
SUFFIX = ".enc"
BLOCK = 16


class NotDecryptable(Exception):
    """A file, or the key to it, that does not open with this private key."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an encrypted instance says in the clear; `signature` is None where it has none."""

    form_id: str
    version: str
    instance_id: str
    encrypted_key: str
    media: tuple[str, ...]  # with ".enc", in the order of the manifest
    xml_file: str | None
    signature: str | None


@dataclass(frozen=True, slots=True)
class SessionKey:
    """The key of one instance and the seed of the vectors its files begin with."""

    key: bytes
    seed: bytes

    @classmethod
    def of(cls, instance_id: str, key: bytes) -> SessionKey:
        return cls(key, hashlib.md5(instance_id.encode() + key, usedforsecurity=False).digest())

    def vector(self, number: int) -> bytes:
        """The vector of the file at this place of the manifest: its bytes are counted up in turn."""
        rounds, rest = divmod(number + 1, BLOCK)
        return bytes((byte + rounds + (index < rest)) % 256 for index, byte in enumerate(self.seed))

    def decrypt(self, chunks: Iterable[bytes], number: int) -> Iterator[bytes]:
        """The file at this place of the manifest, in pieces. Raises: NotDecryptable, at its end."""
        opener = Cipher(AES(self.key), CFB(self.vector(number))).decryptor()
        held = b""
        for chunk in chunks:
            held += opener.update(chunk)
            if len(held) > BLOCK:
                yield held[:-BLOCK]
                held = held[-BLOCK:]
        held += opener.finalize()
        padding = held[-1] if held else 0
        if not 1 <= padding <= BLOCK or held[-padding:] != bytes([padding]) * padding:
            raise NotDecryptable("its padding is none")
        yield held[:-padding]

    def encrypt(self, content: bytes, number: int) -> bytes:
        """The same, the way there: what a phone does."""
        padding = BLOCK - len(content) % BLOCK
        closer = Cipher(AES(self.key), CFB(self.vector(number))).encryptor()
        return closer.update(content + bytes([padding]) * padding) + closer.finalize()


def read_manifest(xml: bytes) -> Manifest:
    """What a manifest says, in whichever of the two namespaces. Raises: those of parse_instance."""
    instance = parse_instance(xml)

    def text(name: str) -> str | None:
        element = instance.root.find(f"{{*}}{name}")
        return ("".join((element.text or "").split()) or None) if element is not None else None

    xml_file = next(
        (name for e in instance.root.iterchildren("{*}encryptedXmlFile") if (name := (e.text or "").strip())),
        None,
    )
    return Manifest(
        form_id=instance.form_id,
        version=instance.version,
        instance_id=instance.instance_id or "",
        encrypted_key=text("base64EncryptedKey") or "",
        media=tuple(name for name in instance.media if name != xml_file),
        xml_file=xml_file,
        signature=text("base64EncryptedElementSignature"),
    )


def session_key(manifest: Manifest, private_key: RSAPrivateKey) -> SessionKey:
    """Raises: NotDecryptable."""
    key = _opened(manifest.encrypted_key, private_key)
    if len(key) != 32:
        raise NotDecryptable("its key has another length")
    return SessionKey.of(manifest.instance_id, key)


def place_of(manifest: Manifest, name: str) -> int:
    """The number of a file in the order of encryption: the media, then the answers."""
    return len(manifest.media) if name == manifest.xml_file else manifest.media.index(name)


def plain_name(name: str) -> str:
    return name.removesuffix(SUFFIX)


def signature_text(manifest: Manifest, md5_of: Mapping[str, str]) -> bytes:
    """What the phone signed; `md5_of` is plain name -> md5 of the plain bytes, as hex."""
    version = [manifest.version] if manifest.version else []
    names = [*map(plain_name, manifest.media), XML_NAME]
    lines = [
        manifest.form_id,
        *version,
        manifest.encrypted_key,
        manifest.instance_id,
        *(f"{name}::{md5_of.get(name, '')}" for name in names),
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def is_signed(manifest: Manifest, private_key: RSAPrivateKey, md5_of: Mapping[str, str]) -> bool:
    """Do the opened files belong together as the phone sent them? It proves nothing about the sender."""
    if manifest.signature is None:
        return False
    try:
        signed = _opened(manifest.signature, private_key)
    except NotDecryptable:
        return False
    return signed == hashlib.md5(signature_text(manifest, md5_of), usedforsecurity=False).digest()


def sealed(public_key: RSAPublicKey, secret: bytes) -> str:
    """A short secret that the owner of the private key alone can read, as base64."""
    return base64.b64encode(public_key.encrypt(secret, _oaep())).decode()


def read_public_key(text: str) -> RSAPublicKey | None:
    """The key a form carries (X.509 SubjectPublicKeyInfo, base64); None when it is no RSA key."""
    try:
        key = serialization.load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, binascii.Error, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def written_public_key(key: RSAPublicKey) -> str:
    """The key as a form carries it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_bytes(serialization.Encoding.DER, form)).decode()


def _opened(text: str, private_key: RSAPrivateKey) -> bytes:
    try:
        return private_key.decrypt(base64.b64decode(text, validate=True), _oaep())
    except (ValueError, binascii.Error) as error:
        raise NotDecryptable("it was sealed for another key") from error


def _oaep() -> OAEP:
    return OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)
