"""What phones do with entity lists, and what their updates do to us.

Each test names the surprise (protocol.md 19) and the source it was read in.
C is getodk/collect, CB getodk/central-backend.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from tests.phone import Media
from tests.server.conftest import RunningHere
from tests.server.entity_forms import Wells, a_uuid, wells


@pytest.fixture
def well(server: RunningHere) -> Iterator[Wells]:
    made = wells(server)
    yield made
    made.phone.close()


def served(well: Wells) -> tuple[Media, bytes]:
    listed = next(form for form in well.phone.form_list() if form.form_id == well.form_id)
    [media] = well.phone.manifest(listed)
    return media, well.phone.get(media.download_url).content


def test_30_the_header_holds_no_semicolon_and_every_column(well: Wells) -> None:
    """Surprise 30: `;` in the header switches the delimiter; a missing column disables the list silently.

    (C: LocalEntityUseCases.kt)
    """
    well.create(a_uuid(), "A; B", depth="1;2")
    content = served(well)[1].decode()
    header = content.splitlines()[0]
    assert ";" not in header and header.split(",")[:3] == ["name", "label", "__version"]
    [row] = csv.DictReader(io.StringIO(content))
    assert row["label"] == "A; B" and int(row["__version"]) == 1


def test_31_the_hash_of_a_list_changes_with_it_and_only_then(well: Wells) -> None:
    """Surprise 31: opaque to the phone, compared with the one before (CB: resources/forms.js; C)."""
    first = served(well)[0].md5
    assert served(well)[0].md5 == first
    well.create(a_uuid(), "Well")
    assert served(well)[0].md5 != first


def test_32_an_update_that_comes_too_early_waits(well: Wells) -> None:
    """Surprise 32: out of order is no error (CB test offline-entities.js)."""
    uuid, branch = a_uuid(), a_uuid()
    well.create(uuid, "Well", depth="3")
    later = f'id="{uuid}" update="1" baseVersion="2" trunkVersion="1" branchId="{branch}"'
    well.send(later, values={"depth": "5"})
    assert well.get(uuid).version == 1
    well.send(later.replace('baseVersion="2"', 'baseVersion="1"'), values={"depth": "4"})
    assert (well.get(uuid).version, well.get(uuid).data["depth"]) == (3, "5")


@pytest.mark.parametrize(
    "entity",
    ['create="1"', 'id="no uuid" create="1"', 'id="{uuid}" update="1" baseVersion="9"', 'id="{uuid}"'],
)
def test_33_what_is_wrong_with_an_entity_refuses_no_submission(well: Wells, entity: str) -> None:
    """Surprise 33 (CB: worker/entity.js)."""
    instance_id = well.send(entity.format(uuid=a_uuid()))  # it is accepted, or this fails
    assert well.server.store.submissions.get(1, well.form_id, instance_id)
