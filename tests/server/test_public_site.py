"""The public site, over the socket.

- It speaks the language asked for, remembers it, and says Kyrgyz to those who say nothing.
- A page has its tag and is not sent twice; style sheets are kept for good; all is packed, without a script.
- Before anything is published it says so; an open round shows dates and counts, and no score.
- What is not there is a page that says so, in three languages; nothing leads to another host.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from forms.registry import RegistryObject
from server.actions.plan_round import open_round, plan_round
from server.pages.render import asset, has_vendor_files
from server.store.rounds import Round, RoundForm
from tests.server.conftest import RunningHere, now
from tests.visitor import Visitor
from tests.worked_example import FORM_ID, OBJECT_ID, OBJECT_TYPE, SUBTYPE, WORKBOOK

PATHS = ["/", "/data", "/ledger", "/desk/sign-in", "/no/such/page", "/rounds/none", "/objects/none"]


@pytest.fixture
def anyone(server: RunningHere) -> Iterator[Visitor]:
    with Visitor(server.address, "") as visitor:
        yield visitor


def test_kyrgyz_for_those_who_say_nothing(anyone: Visitor) -> None:
    page = anyone.get("/")
    assert page.document.get("lang") == page.response.headers["content-language"] == "ky"
    assert "Азырынча бир да раунд жарыялана элек." in page.main


def test_the_language_clicked_is_remembered(anyone: Visitor) -> None:
    assert "Пока не опубликован ни один раунд." in anyone.get("/?lang=ru").main
    assert anyone.get("/ledger").document.get("lang") == "ru"
    assert anyone.get("/no/such/page").document.get("lang") == "ru"
    assert anyone.get("/?lang=xx").document.get("lang") == "ru"


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_its_policy(anyone: Visitor, path: str) -> None:
    response = anyone.get(path).response
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "style-src 'self'" in policy and "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_what_is_not_there_is_a_page(server: RunningHere, language: str) -> None:
    with Visitor(server.address, language) as visitor:
        for path in ("/no/such/page", "/rounds/none", "/objects/none", "/data/none", "/static/x/../y.css"):
            page = visitor.get(path)
            assert page.status == 404
            assert page.document.get("lang") == language
            assert page.document.find(".//h1") is not None


def test_a_page_is_not_sent_twice(anyone: Visitor) -> None:
    first = anyone.get("/ledger").response
    again = anyone.client.get("/ledger", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    other = anyone.client.get(
        "/ledger", headers={"If-None-Match": first.headers["etag"], "Accept-Language": "en"}
    )
    assert other.status_code == 200


def test_style_sheets_are_kept_for_good(anyone: Visitor) -> None:
    response = anyone.client.get(asset("site.css"))
    assert response.headers["content-type"].startswith("text/css")
    assert "immutable" in response.headers["cache-control"]
    assert anyone.client.get("/static/old/site.css").headers["cache-control"] == "no-cache"
    for hidden in ("/static/x/vendor/.stamp", "/static/x/%2e%2e/render.py", "/static/x/..%2Frender.py"):
        assert anyone.client.get(hidden).status_code == 404


@pytest.mark.skipif(not has_vendor_files(), reason="installed with BAIKOO_ASSETS=skip")
def test_third_party_files_come_packed(anyone: Visitor) -> None:
    packed = anyone.client.get(asset("vendor/pico.css"))
    assert packed.headers["content-encoding"] == "gzip"
    plain = anyone.client.get(asset("vendor/pico.css"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == packed.content


@pytest.mark.skipif(not has_vendor_files(), reason="installed with BAIKOO_ASSETS=skip")
@pytest.mark.parametrize("path", ["/", "/data", "/ledger", "/api", "/desk/sign-in"])
def test_a_page_and_all_it_needs_are_light(anyone: Visitor, path: str) -> None:
    with anyone.client.stream("GET", path) as reply:
        weight = sum(len(piece) for piece in reply.iter_raw())
    document = anyone.get(path).document
    assert not document.xpath("//script"), "nobody needs a script to read what is public"
    for address in document.xpath("//link[@rel='stylesheet' or @rel='icon']/@href"):
        with anyone.client.stream("GET", address) as reply:
            assert reply.headers["content-encoding"] == "gzip"
            weight += sum(len(piece) for piece in reply.iter_raw())
    assert weight < 50_000


def test_a_packed_page_has_its_tag_too(anyone: Visitor) -> None:
    packed = anyone.client.get("/ledger")
    assert packed.headers["content-encoding"] == "gzip"
    plain = anyone.client.get("/ledger", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers and plain.text == packed.text
    for reply in (packed, plain):
        again = anyone.client.get("/ledger", headers={"If-None-Match": reply.headers["etag"]})
        assert again.status_code == 304 and "accept-encoding" in again.headers["vary"].lower()


def test_the_head_of_the_ledger_is_on_every_page(server: RunningHere, anyone: Visitor) -> None:
    head = server.store.ledger.head()
    for path in ("/", "/data", "/ledger"):
        assert head.hash in anyone.get(path).text
    program = anyone.client.get("/ledger/verify_ledger.py")
    assert program.status_code == 200 and "import" in program.text


def test_an_open_round_shows_dates_and_counts_and_no_score(server: RunningHere, anyone: Visitor) -> None:
    server.publish(WORKBOOK)
    store, today = server.store, now().date()
    thing = RegistryObject(object_id=OBJECT_ID, type=OBJECT_TYPE, subtype=SUBTYPE, name_ky="Ак-Булак")
    store.write(lambda tx: store.registry.put_objects(tx, 1, [thing], now=now(), actor=None))
    round_ = Round(
        round_id="2026-9",
        project_id=1,
        titles={"ky": "Күзгү раунд", "ru": "Осенний раунд", "en": "Autumn round"},
        kind="evaluation_regular",
        opens_on=today - timedelta(days=5),
        closes_on=today + timedelta(days=5),
        forms=(RoundForm(FORM_ID, None, OBJECT_TYPE),),
        objects=(OBJECT_ID,),
    )
    plan_round(store, round_, now=now(), actor=None)
    assert "пландалган" in anyone.get("/rounds/2026-9").main
    open_round(store, "2026-9", now=now(), actor=None)
    assert "Күзгү раунд" in anyone.get("/").main
    page = anyone.get("/rounds/2026-9")
    assert page.status == 200
    assert [card.text_content() for card in page.document.find_class("count")] == ["0", "0", "1"]
    for path in ("/rounds/2026-9/method", f"/rounds/2026-9/objects/{OBJECT_ID}", "/data/2026-9"):
        assert anyone.get(path).status == 404
    assert anyone.get(f"/workbooks/2026-9/{FORM_ID}/2026030101").status == 404


def test_a_program_asks_the_same_address_for_json(server: RunningHere) -> None:
    answer = httpx.get(f"{server.address}/rounds/none", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and "message" in answer.json()
