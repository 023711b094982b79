"""baikoo verify: chain, payloads, blobs, tables and reading, held against each other."""

from __future__ import annotations

import click

from server.cli.frame import in_the_server, progress_bar, tell, the_store, with_data, with_json
from server.cli.words import T, say
from server.store.verify import Report, verify


def tell_report(report: Report, as_json: bool) -> int:
    """Print what was found; the exit code is 1 where anything is wrong."""
    findings = [
        {"message": say(each.sentence), "seq": each.seq, "subject": each.subject, "sha256": each.sha256}
        for each in report.findings
    ]
    said = {
        "whole": report.is_whole,
        "seq": report.head.seq,
        "hash": report.head.hash,
        "records": report.records,
        "erased": report.erased,
        "blobs": report.blobs,
        "findings": findings,
    }
    lines = [say(each.sentence) for each in report.findings]
    if report.is_whole:
        lines = [
            T(
                "Everything is whole: {records} records, {blobs} files. Head of the ledger: {seq} {hash}",
                records=report.records,
                blobs=report.blobs,
                seq=report.head.seq,
                hash=report.head.hash,
            )
        ]
    tell(as_json, said, *lines)
    return 0 if report.is_whole else 1


@click.command("verify", help=T("Prove that nothing was lost or altered: ledger, files, tables and reading."))
@with_json
@with_data
def verb(as_json: bool) -> int:
    with the_store() as store, progress_bar(T("Verify")) as advance:
        report = verify(store, advance)
    code = tell_report(report, as_json)
    differences = in_the_server("verify-reading", {}, T("Reading"))
    assert isinstance(differences, dict)
    found = differences.get("differences")
    for line in found if isinstance(found, list) else []:
        click.echo(str(line), err=as_json)
        code = 1
    return code
