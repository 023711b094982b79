"""What phones have encrypted, opened for one export: in memory, and gone with it.

A key is unlocked by its passphrase; then each submission's own key opens its answers, which fill a reading
in memory, and its files, which are opened as they are read. Nothing decrypted is kept or touches a disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from analytics.exports.csv_pieces import file_chunks
from analytics.exports.submissions_csv import CsvWanted, ReadFile
from analytics.exports.wanted import SentVersion, sent_versions
from analytics.scratch import ScratchFile, ScratchSubmission, ScratchVersion, scratch_reading
from analytics.warehouse import Warehouse
from forms.encryption import (
    XML_NAME,
    Manifest,
    NotDecryptable,
    PrivateKey,
    SessionKey,
    is_signed,
    place_of,
    plain_name,
    read_manifest,
    session_key,
)
from forms.errors import BaikooError
from forms.instance import parse_instance
from forms.project_key import own_key, unlock
from server.context import Context
from server.store.keys import EncryptionKey
from server.store.refusals import SubmissionErased

Unlocked = Mapping[str, PrivateKey]
"""Public key as the form carries it -> the private one."""
Files = tuple[tuple[str, str, int], ...]

AT_ONCE = 200  # answers that are open and not yet in the tables
NOT_OPENED = "not decrypted"
SIGNATURE_BROKEN = "signature broken"  # the answers are given all the same: they may be all there is


def unlocked_keys(
    context: Context, project_id: int, form_id: str, passphrases: Mapping[int, str]
) -> dict[str, PrivateKey]:
    """The private keys that these passphrases open; of a form's own key, what is given is the key itself.

    Raises: KeyNotFound, PassphraseWrong.
    """
    return _unlocked(context, context.store.keys.of_form(project_id, form_id), passphrases)


def unlocked_keys_of_draft(
    context: Context, project_id: int, form_id: str, passphrases: Mapping[int, str]
) -> dict[str, PrivateKey]:
    """The same of the key that a draft carries. Raises: DraftNotFound, KeyNotFound, PassphraseWrong."""
    schema = context.store.drafts.get(project_id, form_id).content.schema
    key = context.store.keys.of_public(schema.public_key)
    return _unlocked(context, (key,) if key is not None else (), passphrases)


def _unlocked(
    context: Context, keys: Iterable[EncryptionKey], passphrases: Mapping[int, str]
) -> dict[str, PrivateKey]:
    known = {key.key_id: key for key in keys}
    opened = {}
    for key_id, passphrase in passphrases.items():
        key = known.get(key_id) or context.store.keys.get(key_id)
        if key.key_id not in known:
            continue  # of another form: nothing here was sealed for it
        if key.locked is not None:
            opened[key.public_key] = unlock(key.public_key, key.locked, passphrase)
        else:
            opened[key.public_key] = own_key(key.public_key, passphrase)
    return opened


@dataclass(frozen=True, slots=True)
class Opened:
    """A reading with the answers opened, the status of those that did not, and the way to their files."""

    reading: Warehouse
    opener: Opener

    @property
    def statuses(self) -> Mapping[int, str]:
        return self.opener.statuses

    def reader(self, kept: ReadFile) -> ReadFile:
        """The bytes of a file, opened where it was encrypted."""
        return self.opener.reader(kept)


@contextmanager
def decrypted(context: Context, wanted: CsvWanted, keys: Unlocked) -> Iterator[Opened]:
    """The wanted submissions with all their versions, those opened that these keys open.

    Raises: ScratchTooLarge.
    """
    store = context.store
    versions = store.forms.versions(wanted.project_id, wanted.form_id)[::-1]
    public_keys = {version.version: version.schema.public_key for version in versions}
    with context.warehouse.read() as db:
        sent = sent_versions(db, replace(wanted, filter=None, limit=None))
    opener = Opener(context, {version: keys.get(public) for version, public in public_keys.items()})
    with scratch_reading(
        [
            ScratchVersion(
                schema=version.schema,
                published_at=version.published_at,
                scheme=version.scheme,
                privacy=version.content.privacy,
            )
            for version in versions
        ],
        _opened_side_by_side(opener, sent),
        project_id=wanted.project_id,
        zone=context.zone(wanted.project_id),
        registry=context.warehouse,
    ) as reading:
        yield Opened(reading, opener)


def _opened_side_by_side(opener: Opener, sent: Sequence[SentVersion]) -> Iterator[ScratchSubmission]:
    """In the order given; what the keys take (half a millisecond each) is done on all processors."""
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for first in range(0, len(sent), AT_ONCE):
            yield from pool.map(opener.opened, sent[first : first + AT_ONCE])


class Opener:
    """Opens one submission after the other, and remembers what became of each.

    The private keys are by version of the form; `any_version` is that of whatever a draft's answers name.
    """

    def __init__(
        self,
        context: Context,
        private_keys: Mapping[str, PrivateKey | None],
        any_version: PrivateKey | None = None,
    ) -> None:
        self._context = context
        self._private_keys = private_keys
        self._any_version = any_version
        self.statuses: dict[int, str] = {}
        self.files: dict[str, tuple[SessionKey, int]] = {}  # by sha256 of the encrypted file

    def reader(self, kept: ReadFile) -> ReadFile:
        """The bytes of a file, opened where it was encrypted."""

        def read(sha256: str) -> Iterator[bytes] | None:
            chunks = kept(sha256)
            if chunks is None or sha256 not in self.files:
                return chunks
            key, place = self.files[sha256]
            return _as_far_as_it_opens(key.decrypt(chunks, place))

        return read

    def opened_test(self, sent: ScratchSubmission) -> ScratchSubmission:
        """A test submission with its answers, or as it was received where they do not open."""
        if sent.xml is None or not parse_instance(sent.xml).encrypted:
            return sent
        files = tuple((file.name, file.sha256, file.size) for file in sent.files)
        xml, files = self._opened(sent.seq, sent.xml, "", files)
        return replace(sent, xml=xml, files=tuple(ScratchFile(*file) for file in files))

    def opened(self, sent: SentVersion) -> ScratchSubmission:
        """The version with its answers, or as it was received where they do not open."""
        try:
            xml: bytes | None = self._context.store.submissions.xml(sent.seq)
        except SubmissionErased:
            xml = None
        files = sent.files
        if xml is not None and sent.encrypted and sent.is_current:
            xml, files = self._opened(sent.seq, xml, sent.version or "", files)
        return ScratchSubmission(
            seq=sent.seq,
            received_at=sent.received_at,
            instance_id=sent.instance_id,
            xml=xml,
            submitter_id=sent.submitter_id,
            round_id=sent.round_id,
            variant=sent.variant,
            state=sent.state,
            files=tuple(ScratchFile(*file) for file in files),
            corrections=sent.corrections,
        )

    def _opened(self, seq: int, xml: bytes, version: str, files: Files) -> tuple[bytes, Files]:
        """What opens, and the rest as it was received; `files` are (name, sha256, size)."""
        manifest = read_manifest(xml)
        private_key = self._private_keys.get(version) or self._any_version
        answers_here = manifest.xml_file in {name for name, _sha256, _size in files}
        if private_key is None or not answers_here:
            return xml, files
        try:
            return self._open(seq, manifest, private_key, files)
        except NotDecryptable:
            self.statuses[seq] = NOT_OPENED
            return xml, files

    def _open(
        self, seq: int, manifest: Manifest, private_key: PrivateKey, kept: Files
    ) -> tuple[bytes, Files]:
        """(the answers, the files under their own names). Raises: NotDecryptable."""
        key = session_key(manifest, private_key)
        blobs = self._context.store.blobs
        sha256_of = {name: sha256 for name, sha256, _size in kept}
        md5_of: dict[str, str] = {}
        answers = b""
        for name in (*manifest.media, manifest.xml_file or ""):
            sha256 = sha256_of.get(name)
            if sha256 is None or not blobs.exists(sha256):
                continue  # a photo that has not arrived, or was erased: the signature covers it
            digest = hashlib.md5(usedforsecurity=False)
            place = place_of(manifest, name)
            try:
                for chunk in key.decrypt(file_chunks(blobs.path(sha256)), place):
                    digest.update(chunk)
                    if name == manifest.xml_file:
                        answers += chunk
            except NotDecryptable:
                if name == manifest.xml_file:
                    raise
                continue
            md5_of[XML_NAME if name == manifest.xml_file else plain_name(name)] = digest.hexdigest()
            self.files[sha256] = (key, place)
        if manifest.xml_file is None or XML_NAME not in md5_of:
            raise NotDecryptable("the answers are not here")
        self._check(answers)
        whole = all(plain_name(name) in md5_of for name in manifest.media)
        if whole and not is_signed(manifest, private_key, md5_of):
            self.statuses[seq] = SIGNATURE_BROKEN
        files = tuple(
            (plain_name(name), sha256, size)
            for name, sha256, size in kept
            if name != manifest.xml_file and (sha256 in self.files or name not in manifest.media)
        )
        return answers, files

    def _check(self, answers: bytes) -> None:
        """What was sealed has to be answers to a version of this form. Raises: NotDecryptable."""
        try:
            instance = parse_instance(answers)
        except BaikooError as error:
            raise NotDecryptable("they are no answers") from error
        known = self._any_version is not None or instance.version in self._private_keys
        if instance.encrypted or not known:
            raise NotDecryptable("they are of no version of this form")


def _as_far_as_it_opens(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except NotDecryptable:
        return  # it opened when the export began; only a disk could have changed it since
