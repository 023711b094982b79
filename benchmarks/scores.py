"""How long all scores of a round take: 100,000 and 1,000,000 submissions, 40 questions, 30 indicators.

    python -m benchmarks.scores [SUBMISSIONS [OBJECTS]]

The typed tables are generated inside DuckDB, as the loader would have filled them; then a round is closed:
indicator, criterion, object, type and aimak scores with variances, and the whole of `freeze` with its CSV.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import psutil
from duckdb import DuckDBPyConnection

from analytics.load import Customs, Loading, LoadRecord
from analytics.rounds import freeze
from analytics.scoring import computed
from analytics.warehouse import Warehouse
from tests.evaluation import a_scheme
from tests.make import a_form
from tests.questionnaire import companion, question, questionnaire

SCALES = ("S5", "F5+", "Y3", "Y2", "NUM")
FORM = "bench_scores"


def workbook() -> str:
    """30 indicators in six criteria, 20 for citizens and 10 for observers, and ten other questions."""
    rows = []
    for number in range(30):
        scale = SCALES[number % len(SCALES)]
        stream = "O" if number % 3 == 2 else "C"
        anchors = {"best": "100", "worst": "0"} if scale == "NUM" else {}
        shown = {"relevant": f"${{stream}} = '{stream}'"}
        if scale == "NUM":
            rows.append({**companion(f"Q{number}_na", f"Q{number}"), **shown})
        rows.append(
            question(f"Q{number}", scale, stream, f"K{number % 6}", 1 + number % 3, **anchors, **shown)
        )
    rows += [question(f"other_{number}", type="text") for number in range(4)]
    return questionnaire(*rows, criteria="K0:25 K1:20 K2:20 K3:15 K4:10 K5:10", form_id=FORM)


def fill(warehouse: Warehouse, submissions: int, objects: int) -> None:
    """One form, a round over many objects, and accepted submissions: one in fifty an observation sheet."""
    form = a_form(workbook())
    reading = a_scheme(workbook())
    loading = Loading(warehouse, Customs(str, lambda project: ZoneInfo("UTC")))
    names = [f"object-{number}" for number in range(objects)]
    described = {
        "kind": "evaluation_regular",
        "forms": [{"form_id": FORM, "version": "1", "object_type": "PSO"}],
    }
    records = [("form", f"1/{FORM}/1", None), *(
        ("registry", f"1/{name}", {"object_id": name, "type": "PSO", "subtype": "", "name_ky": name, "aimak_code": "A"})
        for name in names
    ), ("round", "1/bench", {"state": "opened", "objects": names, **described})]  # fmt: skip
    loading.apply(
        [
            LoadRecord(
                seq=seq, hash="", at=datetime.now(UTC), kind=kind, subject=subject, actor=1, round_id=None,
                payload=msgspec.json.encode(payload), schema=form.xform.schema, scheme=reading.scheme, privacy={},
            )
            for seq, (kind, subject, payload) in enumerate(records, start=1)
        ]
    )  # fmt: skip
    first = len(records) + 1
    with warehouse.write() as db:
        _generate(db, first, submissions, objects)


def _generate(db: DuckDBPyConnection, first: int, submissions: int, objects: int) -> None:
    [(schema,)] = db.execute("SELECT table_schema FROM form_version").fetchall()
    db.execute("SELECT setseed(0.5)")
    db.execute(
        f"""
        INSERT INTO submission BY NAME
        SELECT {first} + i AS submission_seq, 1 AS project_id, '{FORM}' AS form_id, '1' AS version,
               'uuid:' || i AS instance_id, submission_seq AS root_seq, 'bench' AS round_id,
               'object-' || (hash(i) % {objects}) AS object_id, CASE WHEN i % 50 = 0 THEN 'O' ELSE 'C' END AS stream,
               CASE WHEN i % 2 = 0 THEN md5(i::VARCHAR) END AS token, false AS is_focus_group
        FROM range({submissions}) AS made (i)
        """
    )
    db.execute(
        f"INSERT INTO decision BY NAME SELECT {first + submissions} + i AS seq, {first} + i AS submission_seq,"
        f" 'accepted' AS action FROM range({submissions}) AS made (i)"
    )
    codes = {"S5": "12345", "F5+": "12345", "Y3": ["yes", "partly", "no"], "Y2": ["yes", "no"]}
    cells = []
    for number in range(30):
        scale, stream = SCALES[number % len(SCALES)], "i % 50 = 0" if number % 3 == 2 else "i % 50 <> 0"
        if scale == "NUM":
            cells.append(f'CASE WHEN {stream} THEN floor(random() * 1000) / 10 END AS "Q{number}"')
            continue
        answers = ", ".join(f"'{code}'" for code in codes[scale])
        pick = f"[{answers}][1 + floor(random() * {len(codes[scale])})::INTEGER]"
        cells.append(
            f"CASE WHEN {stream} THEN CASE WHEN random() < 0.9 THEN {pick} WHEN random() < 0.7 THEN 'DK' END END"
            f' AS "Q{number}"'
        )
    db.execute(
        f"""
        INSERT INTO "{schema}".submissions BY NAME
        SELECT {first} + i AS _seq, 1 AS _project_id, 'uuid:' || i AS _instance_id,
               ['other_1', 'other_2'] AS _empty, []::VARCHAR[] AS _misfit, {", ".join(cells)}
        FROM range({submissions}) AS made (i)
        """
    )


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of CPU over all threads."""
    began, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - began, time.process_time() - cpu


def measure(submissions: int, objects: int) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        warehouse = Warehouse.open(Path(folder) / "reading.duckdb", Path(folder) / "tmp", threads=2)
        fill(warehouse, submissions, objects)
        as_of = 10 * submissions + objects + 100

        def scores() -> None:
            with warehouse.read(timeout_s=600) as db, computed(db, "bench", as_of):
                assert db.execute("SELECT count(*) FROM temp.object_score WHERE score IS NOT NULL").fetchall()

        def everything() -> None:
            with warehouse.read(timeout_s=600) as db:
                freeze(db, "bench", as_of)

        best, cpu = min(timed(scores) for _ in range(3))
        frozen, _ = min(timed(everything) for _ in range(2))
        memory = psutil.Process().memory_info().rss / 1e6
        print(
            f"{submissions:>9,} submissions, {objects:>5,} objects: all scores {best:.2f} s ({cpu:.2f} s of CPU),"
            f" frozen with its tables as CSV {frozen:.2f} s, resident {memory:,.0f} MB",
            flush=True,
        )
        warehouse.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    else:
        measure(100_000, 100)
        measure(1_000_000, 1000)
