"""Drafts of forms, one per form, and the test submissions sent to them (never in the ledger)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.store.forms import FormContent
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Draft:
    """`token` opens /v1/test/{token}/…; `warnings` is JSON as the action wrote it."""

    project_id: int
    form_id: str
    version: str
    title: str
    token: str
    content: FormContent
    warnings: str
    saved_at: datetime
    saved_by: int | None


@dataclass(frozen=True, slots=True)
class TrialSubmission:
    draft_submission_id: int
    instance_id: str
    received_at: datetime
    xml: bytes


class Drafts:
    def get(self, project_id: int, form_id: str) -> Draft:
        """Raises: DraftNotFound."""
        raise NotImplementedError

    def find(self, project_id: int, form_id: str) -> Draft | None:
        raise NotImplementedError

    def all(self, project_id: int) -> tuple[Draft, ...]:
        raise NotImplementedError

    def by_token(self, token: str) -> Draft | None:
        raise NotImplementedError

    def save(
        self,
        tx: Tx,
        project_id: int,
        content: FormContent,
        *,
        now: datetime,
        actor: int | None,
        warnings: str = "[]",
    ) -> None:
        """Make or replace the draft of the form that the content names; test submissions of the old one go."""
        raise NotImplementedError

    def set_media(
        self,
        tx: Tx,
        project_id: int,
        form_id: str,
        name: str,
        *,
        sha256: str,
        md5: str,
        size: int,
        now: datetime,
    ) -> None:
        """Raises: DraftNotFound, MediaNotFound (the draft has no slot of this name)."""
        raise NotImplementedError

    def discard(self, tx: Tx, project_id: int, form_id: str) -> None:
        raise NotImplementedError

    def receive(
        self, tx: Tx, project_id: int, form_id: str, instance_id: str, xml: bytes, *, now: datetime
    ) -> None:
        """Keep a test submission. Raises: DraftNotFound, InstanceConflict."""
        raise NotImplementedError

    def submissions(self, project_id: int, form_id: str) -> tuple[TrialSubmission, ...]:
        raise NotImplementedError
