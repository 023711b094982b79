"""How a posted body is read.

- The instance is found by its field name: anywhere in the order, with or without a file name.
- Names are kept as the client wrote them: UTF-8, spaces, emoji, slashes, `..`; what OkHttp escapes is undone.
- Nothing is taken of a body without its closing boundary, or shorter than promised.
- Limits end a body while it arrives; nothing is left in tmp after a refusal.
- Unknown text fields are ignored; the flag *isIncomplete* is noted.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from forms.errors import BaikooError
from forms.faults.wire import BodyBroken, BodyTooLarge, EncodingUnsupported, XmlPartMissing
from server.multipart import Limits, Posted, boundary_of, read_posted
from tests.phone import multipart

LIMITS = Limits(xml_bytes=2_000_000, body_bytes=20_000_000)
XML = b"<data id='f'><meta><instanceID>uuid:1</instanceID></meta></data>"


def read(
    body: bytes,
    content_type: str,
    tmp: Path,
    *,
    limits: Limits = LIMITS,
    step: int = 65_536,
    promised: int | None = -1,
) -> Posted:
    async def stream() -> AsyncIterator[bytes]:
        for start in range(0, len(body), step):
            yield body[start : start + step]
        yield b""

    length = len(body) if promised == -1 else promised
    return asyncio.run(read_posted(stream(), content_type, length, limits, tmp))


def part(disposition: str, content: bytes, *headers: str) -> bytes:
    head = "\r\n".join(["--B", f"Content-Disposition: form-data; {disposition}", *headers])
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


TYPE = "multipart/form-data; boundary=B"
END = b"--B--\r\n"


def test_a_body_of_collect_is_read_whole(tmp_path: Path) -> None:
    body, content_type = multipart(XML, {"1767.jpg": b"photo", "Жол 🛣️.jpg": b"road"}, incomplete=True)
    posted = read(body, content_type, tmp_path)
    assert posted.xml == XML
    assert posted.incomplete
    assert [(file.name, file.data, file.size) for file in posted.files] == [
        ("1767.jpg", b"photo", 5),
        ("Жол 🛣️.jpg", b"road", 4),
    ]
    assert posted.files[0].sha256 == hashlib.sha256(b"photo").hexdigest()


@pytest.mark.parametrize("step", [1, 7, 100])
def test_it_does_not_matter_how_the_bytes_are_cut_on_the_way(tmp_path: Path, step: int) -> None:
    body, content_type = multipart(XML, {"a.jpg": b"\r\n--6f1c almost a boundary\r\n-"}, incomplete=True)
    posted = read(body, content_type, tmp_path, step=step)
    assert posted.xml == XML
    assert posted.files[0].data == b"\r\n--6f1c almost a boundary\r\n-"


def test_the_instance_may_come_last_and_without_a_file_name(tmp_path: Path) -> None:
    large = XML + b" " * 1_500_000  # more than a text field of a web framework may hold
    body = part('name="a.jpg"; filename="a.jpg"', b"x") + part('name="xml_submission_file"', large) + END
    assert read(body, TYPE, tmp_path).xml == large


def test_names_are_kept_as_the_client_wrote_them(tmp_path: Path) -> None:
    names = [
        'say "hi".jpg',
        "../../etc/passwd",
        "C:\\photo.jpg",
        "a/b.jpg",
        "100%.jpg",
        "строка\r\nдва.jpg",
        "nul\0.jpg",
    ]
    body, content_type = multipart(XML, dict.fromkeys(names, b"x"))
    assert [file.name for file in read(body, content_type, tmp_path).files] == names
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_goes_to_disk_under_a_name_of_ours(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8_000
    body, content_type = multipart(XML, {"../large.bin": content, "small.bin": b"s"})
    posted = read(body, content_type, tmp_path)
    large, small = posted.files
    assert large.data is None and large.path is not None and large.path.parent == tmp_path
    assert large.path.read_bytes() == content
    assert (large.size, large.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert small.data == b"s"
    posted.discard()
    assert list(tmp_path.iterdir()) == []


def test_unknown_fields_are_ignored(tmp_path: Path) -> None:
    body = part('name="__csrf"', b"token" * 1000) + part('name="xml_submission_file"', XML) + END
    assert read(body, TYPE, tmp_path) == Posted(XML)


def test_an_empty_file_field_of_a_browser_is_no_file(tmp_path: Path) -> None:
    body = part('name="xml_submission_file"', XML) + part('name="photo"; filename=""', b"") + END
    assert read(body, TYPE, tmp_path).files == ()


def test_headers_of_older_clients_are_understood(tmp_path: Path) -> None:
    body = (
        part('name="xml_submission_file"', XML, "Content-Length: 64", "Content-Transfer-Encoding: binary")
        + part(
            'name="a.jpg"; filename="a.jpg"',
            b"x",
            "Content-Type: image/jpeg",
            "Content-Transfer-Encoding: 8bit",
        )
        + END
    )
    assert [file.content_type for file in read(body, TYPE, tmp_path).files] == ["image/jpeg"]


COMPLETE = (
    part('name="xml_submission_file"', XML) + part('name="a.jpg"; filename="a.jpg"', b"x" * 400_000) + END
)


@pytest.mark.parametrize("cut", [1, 4, 10, 100_000, 400_050, len(COMPLETE) - 10])
def test_a_body_that_was_cut_off_is_refused_and_leaves_nothing(tmp_path: Path, cut: int) -> None:
    with pytest.raises(BodyBroken):
        # a chunked body has no promised length: the closing boundary alone tells
        read(COMPLETE[: -cut - 4], TYPE, tmp_path, promised=None)
    assert list(tmp_path.iterdir()) == []


def test_a_body_shorter_than_promised_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BodyBroken):
        read(COMPLETE, TYPE, tmp_path, promised=len(COMPLETE) + 1)


@pytest.mark.parametrize(
    ("body", "content_type", "refusal"),
    [
        (b"nonsense", TYPE, BodyBroken),
        (b"", TYPE, BodyBroken),
        (COMPLETE, "multipart/form-data", BodyBroken),
        (XML, "text/xml", XmlPartMissing),
        (COMPLETE, "multipart/mixed; boundary=B", XmlPartMissing),
        (part('name="a.jpg"; filename="a.jpg"', b"x") + END, TYPE, XmlPartMissing),
        (
            part('name="xml_submission_file"', XML, "Content-Transfer-Encoding: base64") + END,
            TYPE,
            EncodingUnsupported,
        ),
        (part('name="xml_submission_file"', b"x" * 2_000_001) + END, TYPE, BodyTooLarge),
        (b"".join(part(f'name="{n}"', b"") for n in range(1002)) + END, TYPE, BodyTooLarge),
    ],
)
def test_what_cannot_be_read_is_refused_for_its_own_reason(
    tmp_path: Path, body: bytes, content_type: str, refusal: type[BaikooError]
) -> None:
    with pytest.raises(refusal):
        read(body, content_type, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_body_above_the_limit_ends_while_it_arrives(tmp_path: Path) -> None:
    small = Limits(xml_bytes=1000, body_bytes=100_000)
    with pytest.raises(BodyTooLarge):
        read(COMPLETE, TYPE, tmp_path, limits=small)
    with pytest.raises(BodyTooLarge):
        read(COMPLETE, TYPE, tmp_path, limits=small, promised=None)
    assert list(tmp_path.iterdir()) == []


def test_the_boundary_is_read_as_clients_write_it() -> None:
    assert boundary_of('multipart/form-data; charset=utf-8; boundary="a b"') == b"a b"
    assert boundary_of("Multipart/Form-Data;boundary=xyz") == b"xyz"
    assert boundary_of("text/xml; boundary=xyz") is None
