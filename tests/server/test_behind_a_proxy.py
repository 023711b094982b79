"""Behind a proxy that ends TLS, and in a village network without any.

- Behind it a phone is given https addresses, may sign in with Basic, and its cookies are Secure.
- What a client writes into forwarded headers itself is not believed: the last word is the proxy's.
- From an address that is not trusted, forwarded headers are nothing.
- On plain http a phone works with its token and by Digest, and no password goes over the wire.
- The samples of deploy/ are what they say, as far as this machine can tell.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from server.actions.accounts import add_account, allow_digest
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import PASSWORD, RunningHere, now
from tests.server.forms import WELL
from tests.server.tls_proxy import TlsProxy, tls_proxy

DEPLOY = Path(__file__).parents[2] / "deploy"
EMAIL = "phone@example.org"


@pytest.fixture(scope="module")
def proxy(server: RunningHere, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsProxy]:
    server.publish(WELL)
    account = add_account(
        server.store, EMAIL, PASSWORD, (("member", 1), ("manager", 1)), now=now(), actor=None
    )
    allow_digest(server.store, account.actor_id, True, now=now(), actor=None)
    server.store.write(lambda tx: server.store.digests.keep(tx, account.actor_id, PASSWORD))
    with tls_proxy(server.address, tmp_path_factory.mktemp("tls")) as proxy:
        yield proxy


def secure(proxy: TlsProxy) -> httpx.Client:
    import ssl

    trusting = ssl.create_default_context(cafile=str(proxy.certificate))
    return httpx.Client(base_url=proxy.address, verify=trusting, timeout=30)


def test_a_phone_behind_tls_stays_there(server: RunningHere, proxy: TlsProxy) -> None:
    token = server.phone().server_url.split("/")[5]
    with Phone(f"{proxy.address}/v1/key/{token}/projects/1", client=secure(proxy)) as phone:
        [listed] = phone.form_list()
        assert listed.download_url.startswith(f"{proxy.address}/v1/key/")
        assert phone.refresh() == {"well_visit": "new"}
        xml = an_instance(
            server.store.forms.get(1, "well_visit").current.schema,
            {"photo": "a.jpg"},
            instance_id="uuid:tls",
        )
        assert phone.send(xml, {"a.jpg": bytes(3_000_000)}).statuses == (201,)
        assert "strict-transport-security" in phone.client.get("/").headers


def test_basic_and_secure_cookies_are_for_tls_alone(server: RunningHere, proxy: TlsProxy) -> None:
    way, auth = "/v1/projects/1/formList", (EMAIL, PASSWORD)
    credentials = {"email": EMAIL, "password": PASSWORD}
    with secure(proxy) as client:
        assert client.get(way, auth=auth).status_code == 200
        offered = client.get(way).headers.get_list("www-authenticate", split_commas=False)
        assert [each.split()[0] for each in offered] == ["Basic", "Digest"]
        assert "Secure" in client.post("/v1/sessions", json=credentials).headers["set-cookie"]
    assert httpx.get(f"{server.address}{way}", auth=auth).status_code == 401
    signed = httpx.post(f"{server.address}/v1/sessions", json=credentials)
    assert signed.status_code == 200 and "Secure" not in signed.headers["set-cookie"]


def test_a_client_cannot_speak_for_the_proxy(server: RunningHere, proxy: TlsProxy) -> None:
    token = server.phone().server_url.split("/")[5]
    lies = {
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "127.0.0.1",
    }
    with secure(proxy) as client:
        reply = client.get(f"/v1/key/{token}/projects/1/formList", headers=lies)
        assert reply.status_code == 200 and "evil.example" not in reply.text
        assert f"{proxy.address}/v1/key/" in reply.text


@pytest.mark.parametrize("trusted", [(), ("10.1.0.0/16",)])
def test_nobody_else_is_believed(new_server: Callable[..., RunningHere], trusted: tuple[str, ...]) -> None:
    server = new_server(trusted_proxies=trusted)
    server.publish(WELL)
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "::1"}
    reply = server.phone().client.get(f"{server.phones[-1].server_url}/formList", headers=told)
    assert reply.status_code == 200 and server.address in reply.text and "evil.example" not in reply.text
    add_account(server.store, EMAIL, PASSWORD, (("member", 1),), now=now(), actor=None)
    way = f"{server.address}/v1/projects/1/formList"
    assert httpx.get(way, headers=told, auth=(EMAIL, PASSWORD)).status_code == 401
    assert "strict-transport-security" not in httpx.get(f"{server.address}/", headers=told).headers


def test_a_configured_address_outranks_every_header(new_server: Callable[..., RunningHere]) -> None:
    server = new_server(public_url="https://baikoo.example/b")
    server.publish(WELL)
    reply = server.phone().client.get(
        f"{server.phones[-1].server_url}/formList", headers={"Host": "evil.example"}
    )
    assert "https://baikoo.example/b/v1/key/" in reply.text and "evil.example" not in reply.text


def test_a_village_network_without_tls(server: RunningHere, proxy: TlsProxy) -> None:
    host = {"Host": "192.168.1.10:8383"}
    phone = server.phone()
    reply = phone.client.get(f"{phone.server_url}/formList", headers=host)
    assert "http://192.168.1.10:8383/v1/key/" in reply.text
    with httpx.Client(auth=httpx.DigestAuth(EMAIL, PASSWORD), headers=host) as client:
        reply = client.get(f"{server.address}/formList?deviceID=collect%3Aa")
        assert reply.status_code == 200 and "http://192.168.1.10:8383/v1/projects/1/forms/" in reply.text
        assert "authorization" in reply.request.headers
        assert PASSWORD not in reply.request.headers["authorization"]
        assert client.head(f"{server.address}/submission").status_code == 204


def test_the_sample_of_the_service_is_a_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "baikoo.service").read_text("utf-8")
    command = re.search(r"^ExecStart=(\S+) (.*)$", text, re.MULTILINE)
    assert command is not None and command[2].startswith("serve ")
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd on this machine")
    unit = tmp_path / "baikoo.service"
    unit.write_text(text.replace(command[1], sys.executable), "utf-8")
    said = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, timeout=60)
    ours = [line for line in said.stderr.splitlines() if "baikoo.service" in line]
    assert not ours, said.stderr


def test_the_sample_for_caddy_leads_to_the_port_of_the_service() -> None:
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    assert text.count("{") == text.count("}") and "reverse_proxy 127.0.0.1:8383" in text
    assert "--port 8383" in (DEPLOY / "baikoo.service").read_text("utf-8")
    caddy = shutil.which("caddy")
    if caddy is not None:
        adapt = [caddy, "validate", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
        assert subprocess.run(adapt, capture_output=True, timeout=60).returncode == 0
