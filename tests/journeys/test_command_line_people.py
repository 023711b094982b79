"""The command line for accounts, their tokens and their phones, as a person types it.

- A token is printed once, listed without its text, revoked by its number.
- An account gets leave for Digest, a link to a new password, and an end.
- A phone sees some forms alone, and every one again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from server.store import open_store
from tests.journeys.terminal import type_all

pytestmark = pytest.mark.terminal

EMAIL = "chair@example.org"


def test_accounts_tokens_and_phones(tmp_path: Path) -> None:
    typed = type_all(
        ["user", "create", EMAIL, "--role", "coordinator", "--digest", "--json"],
        ["token", "create", EMAIL, "Excel", "--scope", "submit", "--json"],
        ["token", "create", EMAIL, "Forever", "--forever"],
        ["token", "list", "--json"],
        ["token", "revoke", "1"],
        ["token", "list", "--email", EMAIL],
        ["user", "digest", EMAIL, "off"],
        ["user", "digest", EMAIL, "on"],
        ["user", "reset-link", EMAIL, "--json"],
        ["app-user", "add", "Phone", "--json"],
        ["app-user", "forms", "2", "nosuch"],
        ["app-user", "forms", "2", "--json"],
        ["user", "end", EMAIL],
        ["token", "create", EMAIL, "Late"],
        ["token", "list", "--json"],
        data=tmp_path / "data",
    )
    made, first, forever, listed, revoked, left, off, on, reset, _, nosuch, every, ended, late, none = typed
    assert made.code == 0 and first.json["scope"] == "submit" and first.json["expires"]
    text = first.json["token"]
    assert text.startswith("baikoo_") and text not in listed.out
    assert [token["name"] for token in listed.json["tokens"]] == ["Forever", "Excel"]
    assert listed.json["tokens"][0]["expires"] is None and forever.out.count("baikoo_") == 1
    assert "revoked" in revoked.out and "Excel" not in left.out and "Forever" in left.out
    assert (off.code, on.code) == (0, 0)
    assert "/password/" in reset.json["url"]
    assert nosuch.code == 1 and "nosuch" in nosuch.sentence
    assert every.json == {"id": 2, "forms": None}
    assert "ended" in ended.out and late.code == 1 and none.json == {"tokens": []}
    with open_store(tmp_path / "data") as store:
        account = store.accounts.find(EMAIL)
        assert account is not None and account.may_use_digest and account.disabled_at is not None
