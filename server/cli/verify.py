"""baikoo verify: chain, payloads, blobs, tables and reading, held against each other."""

from __future__ import annotations

from collections.abc import Mapping

import click
import msgspec

from forms.decoding import convert
from forms.errors import Sentence
from server.cli.frame import in_the_server, progress_bar, tell, the_store, with_data, with_json
from server.cli.words import T, say
from server.running import Json
from server.store.verify import Report, verify


def tell_report(report: Report, as_json: bool, of_the_reading: Mapping[str, Json] | None = None) -> int:
    """Print what was found; the exit code is 1 where anything is wrong. A restore has no reading yet."""
    said: dict[str, object] = {
        "whole": report.is_whole,
        "seq": report.head.seq,
        "hash": report.head.hash,
        "records": report.records,
        "erased": report.erased,
        "blobs": report.blobs,
        "findings": [
            {"message": say(each.sentence), "seq": each.seq, "subject": each.subject, "sha256": each.sha256}
            for each in report.findings
        ],
    }
    lines = [say(each.sentence) for each in report.findings]
    if report.is_whole:
        lines.append(
            T(
                "Everything is whole: {records} records, {blobs} files. Head of the ledger: {seq} {hash}",
                records=report.records,
                blobs=report.blobs,
                seq=report.head.seq,
                hash=report.head.hash,
            )
        )
    well = report.is_whole
    if of_the_reading is not None:
        differences = [
            say(Sentence(each.text, **each.details))
            for each in convert(of_the_reading["differences"], list[Difference])
        ]
        recomputed = convert(of_the_reading["recomputed"], list[str])
        well = well and not differences
        said |= {"whole": well, "differences": differences, "recomputed": recomputed}
        lines += differences
        if not differences:
            lines.append(
                T(
                    "The tables agree with the ledger. Rounds computed again with equal scores: {count}.",
                    count=len(recomputed),
                )
            )
    tell(as_json, said, *lines)
    return 0 if well else 1


class Difference(msgspec.Struct):
    """A sentence of the verb verify-reading, not yet in a language."""

    text: str
    details: dict[str, str | int | float]


@click.command("verify", help=T("Prove that nothing was lost or altered: ledger, files, tables and reading."))
@with_json
@with_data
def verb(as_json: bool) -> int:
    with the_store() as store, progress_bar(T("Verify")) as advance:
        report = verify(store, advance)
    if not report.is_whole:  # the reading follows from what is damaged: it would only repeat it
        return tell_report(report, as_json)
    of_the_reading = in_the_server("verify-reading", {}, T("Reading"))
    assert isinstance(of_the_reading, dict)
    return tell_report(report, as_json, of_the_reading)
