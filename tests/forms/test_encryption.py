"""Encrypted instances, and the keys of projects.

- The check values of the specification: seed, vectors and bytes of three files.
- What another implementation encrypted as Collect and Enketo do is opened again, in pieces of any size.
- The signature holds for what was sent, and for nothing else.
- Another key, damaged bytes and a truncated file are told, and give no answers.
- A project's key opens with its passphrase and with no other, and is not the same twice.
- The owner's own key as PEM opens what was sealed for it, and no other form's.
"""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from forms.encryption import (
    XML_NAME,
    NotDecryptable,
    SessionKey,
    is_signed,
    place_of,
    plain_name,
    read_manifest,
    read_public_key,
    session_key,
    written_public_key,
)
from forms.faults.encryption import PassphraseWrong
from forms.project_key import new_key, own_key, unlock
from tests.encryptor import COLLECT, ENKETO, encrypted

INSTANCE_ID = "uuid:3d6b1c52-3a5f-4d7e-9a41-6d0f1e2a7c11"
KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = written_public_key(KEY.public_key())
MEDIA = {"1767323045123.jpg": b"photo" * 1000, "audit.csv": b"", **{f"{n}.jpg": b"x" * n for n in range(20)}}
XML = '<data id="well" version="2"><a>суу</a></data>'.encode()


def test_the_check_values() -> None:
    key = SessionKey.of(INSTANCE_ID, bytes(range(32)))
    assert key.seed.hex() == "a7e0adf503a88eb5889bbba817d9a193"
    assert [key.vector(number).hex()[:6] for number in range(3)] == ["a8e0ad", "a8e1ad", "a8e1ae"]
    for number, (plain, sealed) in enumerate(
        [
            (b"photo-bytes", "2ee8d7f8e2896458fb256130b2ecffa8"),
            (b"audit-bytes", "dbbc84f254fa4c701e3a342249c656ea"),
            (b"<data/>", "80228d25847cfd471de96aa0f3ba2bf8"),
        ]
    ):
        assert b"".join(key.decrypt([bytes.fromhex(sealed)], number)) == plain
        assert key.encrypt(plain, number).hex() == sealed


def test_vectors_go_round_after_sixteen_files() -> None:
    key = SessionKey(b"", bytes(16))
    assert key.vector(15) == bytes([1] * 16)
    assert key.vector(16) == bytes([2, *[1] * 15])


@pytest.mark.parametrize("namespace", [COLLECT, ENKETO])
@pytest.mark.parametrize("piece", [1, 17, 100_000])
def test_what_a_phone_encrypted_is_opened(namespace: str, piece: int) -> None:
    manifest_xml, files = encrypted(
        PUBLIC, XML, form_id="well", version="2", instance_id=INSTANCE_ID, media=MEDIA, namespace=namespace
    )
    manifest = read_manifest(manifest_xml)
    assert (manifest.form_id, manifest.version, manifest.instance_id) == ("well", "2", INSTANCE_ID)
    assert (*manifest.media, manifest.xml_file) == tuple(files)
    key = session_key(manifest, KEY)
    opened = {}
    for name, content in files.items():
        pieces = (content[at : at + piece] for at in range(0, len(content), piece))
        opened[plain_name(name)] = b"".join(key.decrypt(pieces, place_of(manifest, name)))
    assert opened == {**MEDIA, XML_NAME: XML}
    md5s = {name: hashlib.md5(content).hexdigest() for name, content in opened.items()}
    assert is_signed(manifest, KEY, md5s)
    assert not is_signed(manifest, KEY, {**md5s, "1.jpg": md5s["2.jpg"]})


def test_a_signature_for_another_form_does_not_hold() -> None:
    manifest_xml, _files = encrypted(
        PUBLIC, XML, form_id="well", version="", instance_id=INSTANCE_ID, signed_as="other"
    )
    md5s = {XML_NAME: hashlib.md5(XML).hexdigest()}
    assert not is_signed(read_manifest(manifest_xml), KEY, md5s)


def test_what_does_not_open_is_told() -> None:
    manifest_xml, files = encrypted(PUBLIC, XML, form_id="well", version="2", instance_id=INSTANCE_ID)
    manifest = read_manifest(manifest_xml)
    with pytest.raises(NotDecryptable):
        session_key(manifest, rsa.generate_private_key(65537, 2048))
    key, sealed = session_key(manifest, KEY), files["submission.xml.enc"]
    for damaged in (b"", sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 0xFF])):
        with pytest.raises(NotDecryptable):
            b"".join(key.decrypt([damaged], 0))
    for bad_key in ("", "no base64!", base64.b64encode(b"short").decode()):
        broken = read_manifest(manifest_xml.replace(manifest.encrypted_key.encode(), bad_key.encode()))
        with pytest.raises(NotDecryptable):
            session_key(broken, KEY)


def test_a_projects_key_opens_with_its_passphrase_alone() -> None:
    public, locked = new_key("correct horse, ө ү ң")
    assert "correct horse" not in locked
    private = unlock(public, locked, "correct horse, ө ү ң")
    assert written_public_key(private.public_key()) == public
    assert new_key("correct horse, ө ү ң")[0] != public
    for wrong in ("", "correct horse", "Correct horse, ө ү ң"):
        with pytest.raises(PassphraseWrong):
            unlock(public, locked, wrong)


def test_an_owners_own_key_opens_its_form_alone() -> None:
    def pem(key: rsa.RSAPrivateKey) -> str:
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()

    assert own_key(PUBLIC, pem(KEY)).private_numbers() == KEY.private_numbers()
    other = rsa.generate_private_key(65537, 2048)
    for wrong in ("", "passphrase", pem(other), pem(KEY)[:200]):
        with pytest.raises(PassphraseWrong):
            own_key(PUBLIC, wrong)


def test_a_public_key_is_read_as_forms_carry_it() -> None:
    folded = "\n".join(PUBLIC[at : at + 64] for at in range(0, len(PUBLIC), 64))
    key = read_public_key(folded)
    assert key is not None and written_public_key(key) == PUBLIC
    for wrong in ("", "abc", "!!", base64.b64encode(b"no key").decode()):
        assert read_public_key(wrong) is None
