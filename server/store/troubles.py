"""What a disk or a database reports, as something a person can act on."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from forms.errors import N_, Conflict, Invalid, NotFound, Unavailable


class DiskFull(Unavailable):
    text = N_(
        "The disk of the server is full. Nothing was lost: send again later, and tell your coordinator."
    )


class StoreBusy(Unavailable):
    text = N_("The server is busy with a long piece of work. Nothing was lost: try again in a minute.")


class StoreClosed(Unavailable):
    text = N_("The server is stopping. Nothing was lost: try again in a minute.")


class StoreBroken(Unavailable):
    text = N_(
        "The disk of the server has failed, so nothing is taken until it was checked. Nothing was lost on "
        "the phone. Administrator: look at the disk, start Baikoo again and run `baikoo verify`."
    )


class StoreDamaged(Unavailable):
    text = N_(
        "The database of Baikoo is damaged. Restore the latest backup into a new folder (`baikoo restore`)."
    )


class StoreTooNew(Unavailable):
    text = N_("This data was made by a newer Baikoo. Install that version, or a later one.")


class DatabaseUnreachable(Unavailable):
    text = N_("The database cannot be reached. Nothing was lost: try again in a minute.")


class DatabaseAddressInvalid(Invalid):
    text = N_(
        "BAIKOO_DATABASE is no address that Baikoo can use. "
        "Write it like postgresql+psycopg://user:password@host/name, and install baikoo[postgresql]."
    )


class BlobMissing(NotFound):
    text = N_("The file {sha256} is missing in the data folder. Run `baikoo verify` to see what else is.")


class RecordNotFound(NotFound):
    text = N_("The ledger has no record {seq}.")


class FolderNotEmpty(Conflict):
    text = N_("The folder {folder} is not empty. Name one that is new or empty; nothing was changed.")


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC)
_SHMSIZE = sqlite3.SQLITE_IOERR_SHMSIZE  # the log's index could not grow: no room, not a failed disk


def trouble_of(error: BaseException) -> Unavailable | None:
    """What an error of the disk or the database means; None when it is a mistake of ours.

    StoreBroken and StoreDamaged end the trust in the file until a restart; after the others work goes on.
    """
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, OSError):
        if error.errno in _NO_ROOM:
            return DiskFull()
        return StoreBroken() if error.errno == errno.EIO else None
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(getattr(original, "sqlite_errorcode", 0))
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str):
        return _of_postgresql(state)
    if isinstance(error, DBAPIError) and type(original).__name__ in ("OperationalError", "InterfaceError"):
        return DatabaseUnreachable()
    return None


def _of_sqlite(code: int) -> Unavailable | None:
    match code & 0xFF:
        case sqlite3.SQLITE_FULL:
            return DiskFull()
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy()
        case sqlite3.SQLITE_IOERR:
            return DiskFull() if code == _SHMSIZE else StoreBroken()
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreDamaged()
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return DatabaseUnreachable()
    return None


def _of_postgresql(state: str) -> Unavailable | None:
    if state == "53100":
        return DiskFull()
    if state in ("55P03", "40P01", "40001"):
        return StoreBusy()
    if state in ("58030", "XX001", "XX002"):
        return StoreBroken()
    if state[:2] in ("08", "53", "57", "28", "3D"):
        return DatabaseUnreachable()
    return None
