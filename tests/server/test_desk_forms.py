"""Questionnaires at the desk: a draft looked at, given its files, tried, published with notes.

- The draft shows its code for phones, what was sent with it, its files and every question.
- Files dropped together go each to its place; one nobody asked for is named, the others are kept.
- A version is published under the name typed, with notes that stand beside it; the next free name is offered.
- A draft and every version tell what they ask otherwise than the version before.
- A form in the trash whose name is taken stays there, and the page says why.
- What is wrong with a workbook is said once: of the whole file in a sentence, of its cells in a table.
- Every version and the draft can be looked at; who does not write forms sees no draft.
"""

from __future__ import annotations

import httpx

from tests.make import a_form, an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere, now
from tests.server.test_drafts import TREES
from tests.visitor import Page, at_desk

HERE = "/desk/1/forms/desk%20trees"
MARKDOWN = "\n".join(line.strip() for line in TREES.replace("| trees   |", "| desk trees |").splitlines())


def test_a_questionnaire_from_workbook_to_second_version(server: RunningHere) -> None:
    store = server.store
    store.write(lambda tx: store.entity_lists.create(tx, 1, "trees", now=now(), actor=None))
    with at_desk(server, "designer") as visitor:
        page = visitor.get("/desk/1/forms")
        draft = visitor.fill(page, "/desk/1/forms", files={"workbook": ("trees.md", MARKDOWN.encode())})
        assert draft.path == f"{HERE}/draft".replace("%20", " ") or draft.path == f"{HERE}/draft"
        assert "rows of the entity list trees" in draft.main and "missing" in draft.main
        address = draft.document.xpath("//textarea[contains(., '/v1/test/')]")[0].text
        assert draft.document.xpath("//svg[contains(@class, 'qr')]")
        assert visitor.client.get(f"{HERE}/draft/code.png").content.startswith(b"\x89PNG")

        with Phone(address) as phone:
            form = a_form(TREES.replace("| trees   |", "| desk trees |"))
            assert phone.send(an_instance(form, {"height": "3"}, instance_id="uuid:tried")).accepted
        assert "uuid:tried" in visitor.get(f"{HERE}/draft").main

        both = [("files", ("leaf.png", b"leaf")), ("files", ("else.png", b"x"))]
        csrf = draft.form(f"{HERE}/draft/media").fields["__csrf"]
        dropped = visitor.client.post(f"{HERE}/draft/media", data={"__csrf": csrf}, files=both)
        assert dropped.status_code == 422 and "else.png" in dropped.text
        kept = {media.name: media for media in store.drafts.get(1, "desk trees").content.media}
        assert kept["leaf.png"].size == 4 and kept["trees.csv"].entity_list == "trees"

        page = visitor.get(f"{HERE}/draft")
        published = visitor.fill(page, f"{HERE}/draft/publish", {"version": "1a", "notes": "The first"})
        assert "1a" in published.main and "The first" in published.main
        copied = visitor.fill(published, f"{HERE}/draft")
        assert copied.document.xpath("//input[@name='version']")[0].get("value") == "1a-2"
        assert "Nothing that people see has changed" in copied.main
        refused = visitor.fill(copied, f"{HERE}/draft/publish", {"version": "1a", "notes": "kept"})
        assert refused.status == 422 and "kept" in refused.document.xpath("//textarea[@name='notes']")[0].text
        gone = visitor.fill(refused, f"{HERE}/draft/discard")
        assert gone.status == 200 and store.drafts.find(1, "desk trees") is None
        preview = visitor.get(f"{HERE}/preview")
        assert (
            preview.path.endswith("/versions/1a") and "Height" in preview.main and "leaf.png" in preview.main
        )


def test_a_draft_and_a_version_tell_what_is_new(server: RunningHere) -> None:
    with at_desk(server, "designer") as visitor:
        forms = visitor.get("/desk/1/forms")
        text = MARKDOWN.replace("| desk trees |", "| new trees |")
        here = "/desk/1/forms/new%20trees"

        def dropped(markdown: str) -> Page:
            xml = a_form(markdown).xform.xml  # converted here: the server takes a second for it
            return visitor.fill(forms, "/desk/1/forms", files={"workbook": ("t.xml", xml)})

        assert "Phones would get the form without these files" in dropped(text).main
        assert visitor.fill(dropped(text), f"{here}/draft/publish").status == 200
        changed = text.replace("| Height  |", "| How tall |").replace(
            "| note    | Note ", "| remark | Remark "
        )
        draft = dropped(changed)
        told = [
            row.text_content() for row in draft.document.xpath("//h2[contains(., 'since')]/following::tr")
        ]
        assert [line for line in told if "How tall" in line and "worded before: Height" in line]
        assert [line for line in told if "Remark" in line and "new" in line]
        assert [line for line in told if "Note" in line and "asked no more" in line]
        visitor.fill(draft, f"{here}/draft/publish", {"version": "2"})
        assert "worded before: Height" in visitor.get(f"{here}/versions/2").main
        assert "since version" not in visitor.get(f"{here}/versions/1").main
        visitor.fill(visitor.get(here), f"{here}/trash")
        twin = dropped(text.replace("| 1       |", "| 3 |"))
        assert "cannot be restored as long as that one is there" in twin.main
        number = next(form.number for form in server.store.forms.trashed(1) if form.form_id == "new trees")
        stays = visitor.fill(visitor.get("/desk/1/forms"), f"/desk/1/forms/trash/{number}/restore")
        assert stays.status == 422 and "There is a form new trees in this project meanwhile" in stays.main


def test_what_is_wrong_is_said_once_and_where_it_is(server: RunningHere) -> None:
    def dropped(name: str, content: bytes) -> Page:
        forms = visitor.get("/desk/1/forms")
        return visitor.fill(forms, "/desk/1/forms", files={"workbook": (name, content)})

    with at_desk(server, "designer") as visitor:
        photo = dropped("photo.xlsx", b"\x89PNG")
        assert photo.status == 422 and photo.main.count("This file is not a workbook.") == 1
        assert "Mend the cells" not in photo.main and "What to mend" not in photo.main
        slip = dropped("slip.md", MARKDOWN.replace("integer", "integr").encode())
        assert slip.main.count("Mend the cells listed") == 1 and "What to mend" in slip.main


def test_who_does_not_write_forms_sees_no_draft(server: RunningHere) -> None:
    with at_desk(server, "designer") as visitor:
        text = MARKDOWN.replace("| desk trees |", "| hidden |").replace("| Trees      |", "| Hidden |")
        visitor.fill(
            visitor.get("/desk/1/forms"), "/desk/1/forms", files={"workbook": ("t.md", text.encode())}
        )
    with at_desk(server, "member") as visitor:
        assert "hidden" not in visitor.get("/desk/1/forms").main
        assert visitor.get("/desk/1/forms/hidden").status == 403
        assert visitor.get("/desk/1/forms/hidden/draft").status == 403
        assert visitor.get("/desk/1/forms/hidden/draft/code.svg").status == httpx.codes.FORBIDDEN
