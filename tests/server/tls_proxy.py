"""A proxy that ends TLS, as Caddy or nginx do: a real certificate, real sockets, the usual headers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def certificate(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) for this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "baikoo.example")])
    moment = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "tls.crt", folder / "tls.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return files


class TlsProxy:
    """Listens with TLS, and hands every request on with X-Forwarded-Proto, -Host and -For appended."""

    def __init__(self, address: str, folder: Path) -> None:
        where = urlsplit(address)
        self.behind = (where.hostname, where.port)
        self.certificate, key = certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.listening = socket.create_server((HOST, 0))
        self.address = f"https://{HOST}:{self.listening.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listening.accept()
                threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer, self.context.wrap_socket(peer, server_side=True) as secure:
            head = b""
            while b"\r\n\r\n" not in head and (got := secure.recv(65536)):
                head += got
            first, _, rest = head.partition(b"\r\n")
            host = next(
                line.split(b":", 1)[1].strip()
                for line in rest.split(b"\r\n")
                if line.lower().startswith(b"host:")
            )
            told = (
                b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: %s\r\nX-Forwarded-For: 203.0.113.7\r\n" % host
            )
            lines, _, body = rest.partition(b"\r\n\r\n")
            lines = b"\r\n".join(
                line for line in lines.split(b"\r\n") if not line.lower().startswith(b"connection:")
            )
            with socket.create_connection(self.behind) as server:
                server.sendall(first + b"\r\n" + lines + b"\r\n" + told + b"Connection: close\r\n\r\n" + body)
                back = threading.Thread(target=relay, args=(server, secure), daemon=True)
                back.start()
                relay(secure, server, back)
                back.join(30)

    def close(self) -> None:
        self.listening.close()


def relay(source: socket.socket, target: socket.socket, until: threading.Thread | None = None) -> None:
    """Copy until the source ends, or (of a client that keeps its connection) the other way has ended."""
    source.settimeout(0.05 if until is not None else 60)
    with contextlib.suppress(OSError):
        while until is None or until.is_alive():
            try:
                piece = source.recv(65536)
            except TimeoutError:
                continue
            if not piece:
                return
            target.sendall(piece)


@contextlib.contextmanager
def tls_proxy(address: str, folder: Path) -> Iterator[TlsProxy]:
    proxy = TlsProxy(address, folder)
    try:
        yield proxy
    finally:
        proxy.close()
