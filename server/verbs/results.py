"""Verbs that give something out: submissions as CSV, and published scores."""

from __future__ import annotations

from collections.abc import Mapping

from analytics import results
from analytics.exports.submissions_csv import CsvWanted
from server.actions.export_submissions import export_csv, export_zip
from server.context import Context
from server.running import Json, Report
from server.verbs import given, given_path, optional_text, plain, verb


@verb("export")
def export(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{"project", "form", "path", "zip"?, "media"?, "labels"?, "split_select_multiples"?, "group_paths"?,
    "deleted_fields"?, "round"?} -> writes the file; {"path", "bytes"}."""
    wanted = CsvWanted(
        project_id=given(arguments, "project", int),
        form_id=given(arguments, "form", str),
        labels=optional_text(arguments, "labels"),
        split_select_multiples=arguments.get("split_select_multiples") is True,
        group_paths=arguments.get("group_paths") is not False,
        deleted_fields=arguments.get("deleted_fields") is True,
        round_id=optional_text(arguments, "round"),
    )
    path = given_path(arguments, "path")
    if arguments.get("zip") is True:
        pieces = export_zip(context, wanted, with_media=arguments.get("media") is True)
    else:
        pieces = export_csv(context, wanted)
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


@verb("scores")
def scores(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{"round", "object"?} -> the published results of a round, or of one object in it."""
    round_id, object_id = given(arguments, "round", str), optional_text(arguments, "object")
    with context.warehouse.read() as db:
        if object_id is not None:
            return plain(results.object_result(db, round_id, object_id))
        return plain(results.round_results(db, round_id))


@verb("scores-rounds")
def scores_rounds(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{} -> every published round."""
    with context.warehouse.read() as db:
        return plain(results.published_rounds(db))
