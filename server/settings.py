"""The settings of a server: environment variables, each also an option of `baikoo serve`; read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path

from forms.faults.running import SettingInvalid

MEGABYTE = 1_000_000
LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Settings:
    """What one server was told. Without any word it keeps its data in the platform's data folder."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8383
    # scheme and host (and a path before ours) as phones reach us; otherwise taken from the request
    public_url: str | None = None
    database: str | None = None
    timezone: str = "Asia/Bishkek"
    # whose X-Forwarded-* we believe
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    # what a phone is told it may put into one request, and where we really stop
    accept_bytes: int = 100 * MEGABYTE
    body_bytes: int = 1000 * MEGABYTE
    xml_bytes: int = 50 * MEGABYTE
    # for workbooks and other uploads to the REST routes
    upload_bytes: int = 100 * MEGABYTE
    reading_memory: str | None = None
    # how long a peer may be silent in the middle of a request
    patience_s: int = 120

    @property
    def tmp(self) -> Path:
        return self.data / "tmp"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def server_file(self) -> Path:
        """Where the running server says how the command line reaches it."""
        return self.data / "server.json"

    def trusts(self, address: str) -> bool:
        try:
            peer = ip_address(address)
        except ValueError:  # a socket without an address, as behind a local proxy's file socket
            return address == ""
        return any(peer in network for network in _networks(self.trusted_proxies))


def _networks(names: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(name, strict=False) for name in names]


def default_data() -> Path:
    return user_data_path("baikoo", appauthor=False)


def read_settings(environment: Mapping[str, str], **options: str | int | Path | None) -> Settings:
    """The settings of the environment (BAIKOO_DATA, BAIKOO_PORT ...); an option given outranks them.

    Raises: SettingInvalid.
    """

    usual = Settings(data=default_data())

    def given(name: str) -> str | None:
        option = options.get(name)
        if option is not None:
            return str(option)
        return environment.get(f"BAIKOO_{name.upper()}") or None

    def number(name: str, default: int) -> int:
        text = given(name)
        try:
            value = int(text) if text is not None else default
        except ValueError as error:
            raise SettingInvalid(name=f"BAIKOO_{name.upper()}", value=str(text)) from error
        if value < 0 or (name == "port" and value > LAST_PORT):
            raise SettingInvalid(name=f"BAIKOO_{name.upper()}", value=str(text))
        return value

    public_url = given("public_url")
    if public_url is not None:
        parts = urlsplit(public_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise SettingInvalid(name="BAIKOO_PUBLIC_URL", value=public_url)
        public_url = public_url.rstrip("/")
    timezone = given("timezone") or usual.timezone
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingInvalid(name="BAIKOO_TIMEZONE", value=timezone) from error
    proxies = usual.trusted_proxies
    if (listed := given("trusted_proxies")) is not None:
        proxies = tuple(name.strip() for name in listed.split(",") if name.strip())
    try:
        _networks(proxies)
    except ValueError as error:
        raise SettingInvalid(name="BAIKOO_TRUSTED_PROXIES", value=",".join(proxies)) from error
    blobs = given("blobs")
    if (
        blobs is not None
    ):  # object storage comes with a later version: say so instead of keeping files elsewhere
        raise SettingInvalid(name="BAIKOO_BLOBS", value=blobs)
    data = given("data")
    return Settings(
        data=Path(data).expanduser().resolve() if data is not None else usual.data,
        host=given("host") or usual.host,
        port=number("port", usual.port),
        public_url=public_url,
        database=given("database"),
        timezone=timezone,
        trusted_proxies=proxies,
        accept_bytes=number("accept_bytes", usual.accept_bytes),
        body_bytes=number("body_bytes", usual.body_bytes),
        xml_bytes=number("xml_bytes", usual.xml_bytes),
        upload_bytes=number("upload_bytes", usual.upload_bytes),
        reading_memory=given("reading_memory"),
        patience_s=number("patience_s", usual.patience_s),
    )
