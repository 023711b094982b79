"""Moments as OData wants them, however a client wrote their zone."""

from __future__ import annotations

import duckdb
import pytest

from analytics.columns import Column
from analytics.odata.values import cell


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("2019-01-01T00:00:00.000+06:00", "2019-01-01T00:00:00.000+06:00"),
        ("2019-01-01T00:00:00.000Z", "2019-01-01T00:00:00.000Z"),
        ("2019-01-01T00:00:00.000-07", "2019-01-01T00:00:00.000-07:00"),
        ("2019-01-01T00:00:00.000-0730 ", "2019-01-01T00:00:00.000-07:30"),
        ("\n  2019-01-01T00:00:00.000-08\r\n\t ", "2019-01-01T00:00:00.000-08:00"),
        ("2019-01-01T00:00:00.000+0000", "2019-01-01T00:00:00.000+00:00"),
        ("2019-01-01T00:00:00", "2019-01-01T01:02:03.000Z"),  # the server's zone is meant
        ("2019-01-01", "2019-01-01T01:02:03.000Z"),
        (None, None),
    ],
)
def test_a_moment_has_a_zone_with_a_colon(sent: str | None, written: str | None) -> None:
    sql = cell(Column("seen", "datetime", ()), "row")
    with duckdb.connect() as db:
        (found,) = db.execute(
            f"""SELECT {sql} FROM (SELECT $sent AS "seen@sent",
            CASE WHEN $sent IS NOT NULL THEN TIMESTAMP '2019-01-01 01:02:03' END AS seen) AS row""",
            {"sent": sent},
        ).fetchall()
    assert found == (written,)
