"""A PostgreSQL of the test run's own: a cluster in a temporary folder, on a free port, gone at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def find_binaries() -> Path | None:
    """The folder with initdb and postgres: on the PATH, where Debian puts it, or where pg_config says."""
    folders = [
        Path(found).resolve().parent for name in ("postgres", "initdb") if (found := shutil.which(name))
    ]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if (config := shutil.which("pg_config")) is not None:
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(said.stdout.strip() or "."))
    suffix = ".exe" if os.name == "nt" else ""
    for folder in folders:
        if all((folder / f"{name}{suffix}").exists() for name in ("initdb", "postgres", "pg_ctl")):
            return folder
    return None


def _owner() -> str | None:
    """PostgreSQL refuses to run as root: then its programs run as the system's user postgres."""
    if os.name == "nt" or os.getuid() != 0:
        return None
    import pwd

    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres") from None


def why_not() -> str | None:
    """The reason why there can be no PostgreSQL here; None when there can."""
    if find_binaries() is None:
        return "no PostgreSQL found (initdb, postgres, pg_ctl)"
    try:
        _owner()
    except RuntimeError as error:
        return str(error)
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster() -> Iterator[str]:
    """A running server; gives the address of its database `postgres`."""
    binaries, owner, port = find_binaries(), _owner(), free_port()
    assert binaries is not None
    with tempfile.TemporaryDirectory(prefix="baikoo-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        if owner is not None:
            shutil.chown(folder, owner)
            Path(folder).chmod(0o755)

        def run(program: str, *arguments: str) -> None:
            # its own output goes nowhere: a server that inherits our pipes would keep the test run waiting
            subprocess.run(
                [str(binaries / program), *arguments],
                user=owner,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if sys.flags.verbose else subprocess.DEVNULL,
                check=True,
            )

        run("initdb", "-D", str(data), "-U", "baikoo", "-A", "trust", "-E", "UTF8", "--no-sync")
        # nobody pulls the plug on this one: our own processes are killed, not its
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off"
        if os.name != "nt":
            options += f" -k {folder}"
        run("pg_ctl", "-D", str(data), "-o", options, "-l", str(Path(folder) / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://baikoo@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


@contextmanager
def new_database(server: str, name: str, *, like: str = "template1") -> Iterator[str]:
    """A database on a running server, empty or a copy of another one."""
    plain = server.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'.encode())
    try:
        yield server.rsplit("/", 1)[0] + "/" + name
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


class Reused:
    """One database for many tests, each of which finds it as it was: a tenth of the work of a new one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.name = address.rsplit("/", 1)[1]
        self._plain = address.replace("+psycopg", "")
        with psycopg.connect(self._plain) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            self._rows = {name: _copied(connection, name) for (name,) in tables.fetchall()}
            self._numbers = connection.execute(
                "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL "
                "FROM pg_sequences"
            ).fetchall()

    def clean(self) -> None:
        """Take out what a test left, and end whatever is still connected."""
        with psycopg.connect(self._plain) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(
                "SET session_replication_role = replica"
            )  # no foreign key is looked at meanwhile
            for name in self._rows:
                connection.execute(f'DELETE FROM "{name}"'.encode())
            for name, rows in self._rows.items():
                if rows:
                    with connection.cursor().copy(f'COPY "{name}" FROM STDIN'.encode()) as copy:
                        copy.write(rows)
            for number in self._numbers:
                connection.execute("SELECT setval(%s, %s, %s)", number)


def _copied(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bytes:
    with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as copy:
        return b"".join(copy)
