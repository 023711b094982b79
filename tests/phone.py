"""The part of ODK Collect that we rely on: how it asks, what it refuses, how it sends and sends again.

A Phone keeps forms and media as Collect does, judges every reply as strictly as Collect, and talks over a
real socket. It knows nothing of the server but its address (protocol.md 1.1, 3.1, 4, 7).
"""

from __future__ import annotations

import hashlib
import itertools
import mimetypes
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

LIST_NS = "{http://openrosa.org/xforms/xformsList}"
MANIFEST_NS = "{http://openrosa.org/xforms/xformsManifest}"
FILES_PER_POST = 101
_boundaries = itertools.count(1)


class Refused(Exception):
    """Collect would show an error: what was asked, the status, and the words on the screen."""

    def __init__(self, what: str, status: int = 0, message: str = "") -> None:
        super().__init__(f"{what}: {status} {message}")
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Listed:
    form_id: str
    name: str
    version: str
    md5: str | None
    download_url: str
    manifest_url: str | None


@dataclass(frozen=True, slots=True)
class Media:
    name: str
    md5: str
    download_url: str
    type: str = ""
    integrity_url: str | None = None

    @property
    def entity_list(self) -> bool:
        return self.type in ("entityList", "approvalEntityList")


@dataclass(frozen=True, slots=True)
class OnDevice:
    """A form on the phone, with its media."""

    form_id: str
    version: str
    md5: str
    xml: bytes
    media: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """How a sending ended: the status of every POST, and what the last one said."""

    statuses: tuple[int, ...]
    message: str

    @property
    def accepted(self) -> bool:
        return self.statuses[-1] in (201, 202)


@dataclass(slots=True)
class Phone:
    """One phone with the settings of a QR code: `server_url`, or a name and password beside it."""

    server_url: str
    device_id: str = "collect:ab12CD34ef56GH78"
    username: str | None = None
    password: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    forms: dict[tuple[str, str], OnDevice] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, follow_redirects=False))
    cache: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    not_modified: int = 0  # how often a cached copy was still good

    def close(self) -> None:
        self.client.close()

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # -- asking

    def _headers(self) -> dict[str, str]:
        return {
            "User-Agent": "org.odk.collect.android/v2026.3.1 Dalvik/2.1.0 (Linux; U; Android 13)",
            "X-OpenRosa-Version": "1.0",
            "Date": "Tue, 24 Nov 2026 03:04:05 GMT",  # twelve hours, no am or pm: wrong half of the day
            "Accept-Encoding": "gzip",
            **self.headers,
        }

    def _with_device(self, url: str) -> str:
        return f"{url}{'&' if '?' in url else '?'}deviceID={self.device_id.replace(':', '%3A')}"

    def get(self, url: str) -> httpx.Response:
        """A GET through the phone's own cache; a 304 is answered with the copy."""
        url = self._with_device(url)
        headers = self._headers()
        if url in self.cache:
            headers["If-None-Match"] = self.cache[url][0]
        response = self.client.get(url, headers=headers, auth=self._auth(url))
        if response.status_code == 304:
            self.not_modified += 1
            kept = dict(response.headers) | {"content-type": "text/xml; charset=utf-8"}
            kept.pop("content-length", None)
            return httpx.Response(200, headers=kept, content=self.cache[url][1], request=response.request)
        if response.status_code == 200 and (etag := response.headers.get("etag")):
            self.cache[url] = (etag, response.content)
        return response

    def _auth(self, url: str) -> httpx.BasicAuth | None:
        if self.username is None or self.password is None:
            return None
        return httpx.BasicAuth(self.username, self.password)

    def _get_xml(self, what: str, url: str) -> ElementTree.Element:
        response = self.get(url)
        if response.status_code != 200:
            raise Refused(what, response.status_code, message_of(response))
        if "x-openrosa-version" not in response.headers:
            raise Refused(f"{what}: this server does not speak OpenRosa")
        if "text/xml" not in response.headers.get("content-type", ""):
            raise Refused(f"{what}: a network proxy seems to be in the way")
        return ElementTree.fromstring(response.content.decode("utf-8").strip())

    def form_list(self) -> list[Listed]:
        root = self._get_xml("form list", self.server_url.rstrip("/") + "/formList")
        if root.tag.lower() != LIST_NS.lower() + "xforms":
            raise Refused("form list: not an xforms list")
        listed = []
        for entry in root.findall(f"{LIST_NS}xform"):
            given = {child.tag.removeprefix(LIST_NS): (child.text or "").strip() for child in entry}
            if not all(given.get(name) for name in ("formID", "name", "downloadUrl")):
                raise Refused("form list: one entry is incomplete, so all are refused")
            if given.get("hash") == "":
                raise Refused("form list: an empty hash ends the app")
            md5 = given.get("hash", "")
            listed.append(
                Listed(
                    given["formID"],
                    given["name"],
                    given.get("version", ""),
                    md5.removeprefix("md5:") if md5.startswith("md5:") else None,
                    given["downloadUrl"],
                    given.get("manifestUrl"),
                )
            )
        return listed

    def manifest(self, listed: Listed) -> list[Media]:
        if listed.manifest_url is None:
            return []
        root = self._get_xml("manifest", listed.manifest_url)
        media = []
        for entry in root.findall(f"{MANIFEST_NS}mediaFile"):
            given = {child.tag.removeprefix(MANIFEST_NS): (child.text or "").strip() for child in entry}
            if not all(given.get(name) for name in ("filename", "hash", "downloadUrl")):
                raise Refused("manifest: one entry is incomplete, so all are refused")
            media.append(
                Media(
                    given["filename"].rsplit("/", 1)[-1],
                    given["hash"][4:],
                    given["downloadUrl"],
                    entry.get("type", ""),
                    given.get("integrityUrl"),
                )
            )
        return media

    def refresh(self) -> dict[str, str]:
        """Match exactly: form id -> new, updated, updated media, or on device; what is not listed goes."""
        listed = self.form_list()
        happened: dict[str, str] = {}
        for form in listed:
            manifest = self.manifest(form)
            known = next((kept for kept in self.forms.values() if kept.md5 == form.md5), None)
            if known is not None:
                hashes = {hashlib.md5(content).hexdigest() for content in known.media.values()}
                if all(media.md5 in hashes for media in manifest):
                    happened[form.form_id] = "on device"
                    continue
                happened[form.form_id] = "updated media"
            elif any(kept.form_id == form.form_id for kept in self.forms.values()):
                happened[form.form_id] = "updated"
            else:
                happened[form.form_id] = "new"
            self._download(form, manifest)
        names = {form.form_id for form in listed}
        self.forms = {key: kept for key, kept in self.forms.items() if key[0] in names}
        return happened

    def _download(self, form: Listed, manifest: list[Media]) -> None:
        if form.md5 is None:
            raise Refused(f"form {form.form_id} has no hash and cannot be downloaded")
        response = self.get(form.download_url)
        if response.status_code != 200:
            raise Refused("form", response.status_code, message_of(response))
        md5 = hashlib.md5(response.content).hexdigest()
        if md5 != form.md5:
            raise Refused(
                f"form {form.form_id}: listed {form.md5}, served {md5}: it would be loaded for ever"
            )
        root = ElementTree.fromstring(response.content)
        primary = root.find(".//{http://www.w3.org/2002/xforms}instance/*")
        if primary is None or (primary.get("id"), primary.get("version", "")) != (form.form_id, form.version):
            raise Refused(f"form {form.form_id}: the list and the form disagree on id or version")
        files: dict[str, bytes] = {}
        for media in manifest:
            loaded = self.get(media.download_url)
            if loaded.status_code != 200:
                raise Refused(f"media {media.name}", loaded.status_code, message_of(loaded))
            if not media.entity_list and hashlib.md5(loaded.content).hexdigest() != media.md5:
                raise Refused(f"media {media.name}: not what the manifest promised")
            files[media.name] = loaded.content
        self.forms[form.form_id, form.version] = OnDevice(
            form.form_id, form.version, md5, response.content, files
        )

    def integrity(self, media: Media, *uuids: str) -> dict[str, bool]:
        """Which of these entities are gone on the server; asked as Collect does while it updates a list."""
        assert media.integrity_url is not None
        root = self._get_xml("integrity", f"{media.integrity_url}?id={'%2C'.join(uuids)}")
        rows = root.find("entities")
        assert root.tag == "data" and rows is not None
        return {
            row.get("id", ""): {"true": True, "false": False}[row.findtext("deleted", "")] for row in rows
        }

    # -- sending

    def head(self) -> int:
        """HEAD before sending; gives how many bytes one POST may carry."""
        url = self._with_device(self.server_url.removesuffix("/") + "/submission")
        response = self.client.head(url, headers=self._headers(), auth=self._auth(url))
        if response.status_code == 401:
            raise Refused("sending", 401, "credentials")
        if 200 <= response.status_code < 300 and response.status_code != 204:
            raise Refused("sending: is this an OpenRosa submission endpoint?", response.status_code)
        try:
            return int(response.headers.get("x-openrosa-accept-content-length", "10000000"))
        except ValueError:
            return 10_000_000

    def send(
        self, xml: bytes, media: Mapping[str, bytes] | None = None, *, accept: int | None = None
    ) -> Sent:
        """HEAD, then as many POSTs as the accepted length asks for; stops at the first refusal."""
        limit = self.head()
        limit = accept if accept is not None else limit
        statuses: list[int] = []
        message = ""
        batches = split(len(xml), dict(media or {}), limit)
        for number, batch in enumerate(batches):
            response = self.post(xml, batch, incomplete=number < len(batches) - 1)
            statuses.append(response.status_code)
            message = message_of(response)
            if response.status_code not in (201, 202):
                break
        return Sent(tuple(statuses), message)

    def post(
        self, xml: bytes, media: Mapping[str, bytes] | None = None, *, incomplete: bool = False
    ) -> httpx.Response:
        """One POST as Collect builds it."""
        body, content_type = multipart(xml, dict(media or {}), incomplete=incomplete)
        return self.post_raw(body, content_type)

    def post_raw(self, body: bytes, content_type: str, **headers: str) -> httpx.Response:
        url = self._with_device(self.server_url.removesuffix("/") + "/submission")
        return self.client.post(
            url,
            content=body,
            headers={**self._headers(), "Content-Type": content_type, **headers},
            auth=self._auth(url),
        )


def split(xml_bytes: int, media: Mapping[str, bytes], limit: int) -> list[dict[str, bytes]]:
    """The files of each POST: at most 101, at most `limit` bytes with the XML, at least one."""
    batches: list[dict[str, bytes]] = [{}]
    size = xml_bytes
    for name, content in media.items():
        full = len(batches[-1]) >= FILES_PER_POST or (batches[-1] and size + len(content) > limit)
        if full:
            batches.append({})
            size = xml_bytes
        batches[-1][name] = content
        size += len(content)
    return batches


def quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\n", "%0A").replace("\r", "%0D")


def multipart(xml: bytes, media: Mapping[str, bytes], *, incomplete: bool = False) -> tuple[bytes, str]:
    """A body as OkHttp writes it: raw UTF-8 names, the instance first, the flag last."""
    boundary = f"6f1c0c9e-{next(_boundaries):08d}"

    def part(name: str, filename: str | None, content_type: str | None, content: bytes) -> bytes:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted(name)}"'
        head += f'; filename="{quoted(filename)}"' if filename is not None else ""
        head += f"\r\nContent-Type: {content_type}" if content_type else ""
        return head.encode() + b"\r\n\r\n" + content + b"\r\n"

    parts = [part("xml_submission_file", "Карап чыгуу_2026-01-02_03-04-05.xml", "text/xml", xml)]
    for name, content in media.items():
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        parts.append(part(name, name, kind, content))
    if incomplete:
        parts.append(part("*isIncomplete*", None, None, b"yes"))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def message_of(response: httpx.Response) -> str:
    """What Collect shows: the message of an OpenRosaResponse, found as it finds it; else nothing."""
    text = response.content.decode("utf-8", "replace").strip()
    if "OpenRosaResponse" not in text:
        return ""
    try:
        message = ElementTree.fromstring(text).find("{http://openrosa.org/http/response}message")
    except ElementTree.ParseError:
        return ""
    return (message.text or "") if message is not None else ""
