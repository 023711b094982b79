"""Verbs that give something out: submissions as CSV, and published scores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from analytics import results
from analytics.dataset import release
from analytics.exports.submissions_csv import CsvWanted
from analytics.odata.filter import parse_filter
from analytics.publication import publishing
from analytics.rounds import open_counts
from analytics.warehouse import Cursor
from forms.errors import ParameterInvalid
from server.actions.close_round import COMPUTING_S
from server.actions.export_submissions import FORMATS, Export
from server.actions.export_submissions import export as export_submissions
from server.context import Context
from server.running import Json, Report
from server.store import Tx
from server.store.refusals import RoundNotClosed
from server.store.rounds import Round
from server.verbs import given, given_path, optional_text, plain, verb
from server.verbs.reading import load_everything


@verb("export")
def export(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{"project", "form", "path", "format"?, "media"?, "labels"?, "split_select_multiples"?, "group_paths"?,
    "deleted_fields"?, "round"?, "filter"?, "fieldpath"?, "passphrase"?} -> writes the file;
    {"path", "bytes"}."""
    wanted = CsvWanted(
        project_id=given(arguments, "project", int),
        form_id=given(arguments, "form", str),
        labels=optional_text(arguments, "labels"),
        split_select_multiples=arguments.get("split_select_multiples") is True,
        group_paths=arguments.get("group_paths") is not False,
        deleted_fields=arguments.get("deleted_fields") is True,
        round_id=optional_text(arguments, "round"),
        filter=parse_filter(text) if (text := optional_text(arguments, "filter")) else None,
        now=datetime.now(UTC),
    )
    path = given_path(arguments, "path")
    kind = optional_text(arguments, "format") or ("zip" if arguments.get("zip") is True else "csv")
    if kind not in FORMATS:
        raise ParameterInvalid(name="format", value=kind[:100])
    asked = Export(
        wanted=wanted,
        format=FORMATS[kind],
        with_media=arguments.get("media") is True,
        fieldpath=optional_text(arguments, "fieldpath"),
    )
    passphrase = optional_text(arguments, "passphrase")
    keys = context.store.keys.of_form(wanted.project_id, wanted.form_id) if passphrase else ()
    pieces = export_submissions(context, asked, {key.key_id: passphrase or "" for key in keys if key.managed})
    _note_export(context, wanted, kind)
    written = 0
    # beside the target and renamed at the end: whoever looks finds the old file or the whole new one
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                written += len(piece)
                report({"what": path.name, "done": written, "total": 0})
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return {"path": str(path), "bytes": written}


def _note_export(context: Context, wanted: CsvWanted, kind: str) -> None:
    """The owner of the server takes personal data away too."""
    subject, details = f"{wanted.project_id}/{wanted.form_id}", {"format": kind}

    def note(tx: Tx) -> None:
        moment = datetime.now(UTC)
        context.store.audit.add(
            tx, "form.submission.export", subject, now=moment, actor=None, details=details
        )

    context.store.write(note)


@verb("scores")
def scores(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{"round", "folder"?} -> {"state", "results"} of a closed or published round, and its open-data tables
    written into the folder; {"state", "counts"} of an open one, of which nobody sees a score."""
    round_ = context.store.rounds.get(given(arguments, "round", str))
    folder = optional_text(arguments, "folder")
    load_everything(context, report)
    said: dict[str, Json] = {"round": round_.round_id, "state": round_.state}
    if round_.frozen_seq is None:
        if folder is not None:
            raise RoundNotClosed(round_id=round_.round_id, state=round_.state)
        with context.warehouse.read() as db:
            return said | {"counts": plain(open_counts(db, round_.round_id))}
    today = datetime.now(context.zone(round_.project_id)).date()
    with context.warehouse.read(timeout_s=COMPUTING_S) as db:
        with publishing(db, round_.round_id, today):
            said["results"] = plain(results.round_results(db, round_.round_id))
        if folder is not None:
            said["files"] = [*_write(Path(folder), _dataset(context, db, round_, today))]
    return said


def _dataset(context: Context, db: Cursor, round_: Round, today: date) -> dict[str, bytes]:
    """The files as they were published; of a closed round, as they would be today."""
    if round_.published_seq is None:
        return release(db, round_.round_id, published_on=today)
    files = context.store.rounds.files(round_.round_id)
    return {file.name: context.store.blobs.read(file.sha256) for file in files if file.kind == "release"}


def _write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return sorted(files)


@verb("scores-rounds")
def scores_rounds(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{} -> every published round."""
    with context.warehouse.read() as db:
        return plain(results.published_rounds(db))
