"""An empty reading for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.warehouse import Warehouse
from tests.ledger import a_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = a_warehouse(tmp_path)
    yield warehouse
    warehouse.close()
