"""PostgreSQL's own programs for copies of a database, or the words to run them with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from server.store.refusals import PgDumpMissing, PgRestoreMissing, PostgresFailed


def dump(address: str, target: Path) -> None:
    """One consistent copy, while others write. Raises: PgDumpMissing, PostgresFailed."""
    arguments = ["--format=custom", "--no-owner", f"--file={target}"]
    program = shutil.which("pg_dump")
    if program is None:
        raise PgDumpMissing(command=_spoken("pg_dump", address, arguments))
    _run(program, address, arguments)


def restore(address: str, source: Path) -> None:
    """Into an empty database. Raises: PgRestoreMissing, PostgresFailed."""
    arguments = ["--no-owner", "--exit-on-error", "--single-transaction", str(source)]
    program = shutil.which("pg_restore")
    if program is None:
        raise PgRestoreMissing(command=_spoken("pg_restore", address, arguments))
    _run(program, address, arguments)


def _run(program: str, address: str, arguments: list[str]) -> None:
    url = make_url(address)
    # the password travels in the environment, where other users of the machine do not see it
    environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, found on the PATH
        [program, f"--dbname={_plain(url)}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise PostgresFailed(program=Path(program).name, reason=done.stderr.strip()[-500:])


def _plain(url: URL) -> str:
    """The address as PostgreSQL's programs read it, without the password."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _spoken(program: str, address: str, arguments: list[str]) -> str:
    return " ".join([program, f"--dbname={_plain(make_url(address))}", *arguments])
