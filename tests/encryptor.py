"""A phone that encrypts a filled-in form as ODK Collect does, written from the specification.

Spec: https://getodk.github.io/xforms-spec/encryption and protocol.md 9. It shares no code with what opens it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from xml.sax.saxutils import escape

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.padding import PKCS7

COLLECT = "http://www.opendatakit.org/xforms/encrypted"
ENKETO = "http://opendatakit.org/submissions"


def seal(public_key: str, secret: bytes) -> str:
    key = serialization.load_der_public_key(base64.b64decode(public_key))
    assert isinstance(key, rsa.RSAPublicKey)
    sha256 = hashes.SHA256()
    return base64.b64encode(key.encrypt(secret, padding.OAEP(padding.MGF1(sha256), sha256, None))).decode()


def encrypted(
    public_key: str,
    xml: bytes,
    *,
    form_id: str,
    version: str,
    instance_id: str,
    media: Mapping[str, bytes] | None = None,
    deprecated_id: str | None = None,
    namespace: str = COLLECT,
    signed_as: str | None = None,
) -> tuple[bytes, dict[str, bytes]]:
    """(the manifest, the files beside it by name). `signed_as`: a form_id for a signature that lies."""
    key = os.urandom(32)
    vector = bytearray(hashlib.md5(instance_id.encode() + key).digest())
    files: dict[str, bytes] = {}
    md5s: list[str] = []
    plain = {**(media or {}), "submission.xml": xml}
    for number, (name, content) in enumerate(plain.items()):
        vector[number % 16] = (vector[number % 16] + 1) % 256
        padder = PKCS7(128).padder()
        padded = padder.update(content) + padder.finalize()
        cipher = Cipher(algorithms.AES(key), CFB(bytes(vector))).encryptor()
        files[f"{name}.enc"] = cipher.update(padded) + cipher.finalize()
        md5s.append(f"{name}::{hashlib.md5(content).hexdigest()}")
    sealed = seal(public_key, key)
    lines = [signed_as or form_id, *([version] if version else []), sealed, instance_id, *md5s]
    signature = hashlib.md5("".join(f"{line}\n" for line in lines).encode()).digest()
    names = list(files)
    deprecated = f"<orx:deprecatedID>{deprecated_id}</orx:deprecatedID>" if deprecated_id else ""
    if namespace == COLLECT:
        listed = "".join(f"<media><file>{escape(name)}</file></media>" for name in names[:-1])
    else:
        listed = f"<media>{''.join(f'<file>{escape(name)}</file>' for name in names[:-1])}</media>"
    manifest = (
        f'<data id="{escape(form_id)}" version="{escape(version)}" encrypted="yes" xmlns="{namespace}">'
        f"<base64EncryptedKey>{sealed}</base64EncryptedKey>"
        f'<orx:meta xmlns:orx="http://openrosa.org/xforms">{deprecated}'
        f"<orx:instanceID>{instance_id}</orx:instanceID></orx:meta>{listed}"
        f"<encryptedXmlFile>{names[-1]}</encryptedXmlFile>"
        "<base64EncryptedElementSignature>"
        f"{seal(public_key, signature)}</base64EncryptedElementSignature></data>"
    )
    return manifest.encode(), files
