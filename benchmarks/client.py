"""A load of phones: N connections that post one submission after the other, and what that took.

Plain sockets and bodies made beforehand, so that the client costs the machine as little as it can and
costs both servers the same. Used as a process of its own: `python -m benchmarks.client --help`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

BOUNDARY = b"6f1c2b3a4d5e6f70"


@dataclass(frozen=True, slots=True)
class Load:
    """What one run gave. Rates per second, latencies in milliseconds."""

    clients: int
    seconds: float
    acknowledged: int
    refused: int
    per_second: float
    p50_ms: float
    p99_ms: float


def body(instance: bytes, photo: bytes | None) -> bytes:
    """A multipart body as Collect sends it, with a fresh instanceID."""
    xml = instance.replace(b"{instance_id}", f"uuid:{uuid.uuid4()}".encode())
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="a.xml"\r\n'
        b"Content-Type: text/xml\r\n\r\n%s\r\n" % (BOUNDARY, xml)
    ]
    if photo is not None:
        # other bytes every time: equal photos would be kept once
        photo = uuid.uuid4().bytes + photo[16:]
        parts.append(
            b'--%s\r\nContent-Disposition: form-data; name="photo.jpg"; filename="photo.jpg"\r\n'
            b"Content-Type: image/jpeg\r\n\r\n%s\r\n" % (BOUNDARY, photo)
        )
    return b"".join([*parts, b"--%s--\r\n" % BOUNDARY])


def requests(url: str, instance: bytes, photo: bytes | None) -> Iterator[bytes]:
    address = urlsplit(url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nX-OpenRosa-Version: 1.0\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY.decode()}\r\n"
    )
    while True:
        content = body(instance, photo)
        yield f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def phone(address: str, source: Iterator[bytes], until: float, latencies: list[float]) -> int:
    """One connection: post, wait for the answer, post again. Returns how many were refused."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    refused = 0
    while time.perf_counter() < until:
        request = next(source)
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        if length:
            await reader.readexactly(length)
        if head[9:12] == b"201":
            latencies.append(time.perf_counter() - started)
        else:
            refused += 1
    writer.close()
    return refused


async def load(url: str, instance: bytes, clients: int, seconds: float, photo: bytes | None = None) -> Load:
    latencies: list[float] = []
    source = requests(url, instance, photo)
    started = time.perf_counter()
    refused = sum(
        await asyncio.gather(*(phone(url, source, started + seconds, latencies) for _ in range(clients)))
    )
    took = time.perf_counter() - started
    cuts = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else [0.0] * 99
    return Load(
        clients, took, len(latencies), refused, len(latencies) / took, cuts[49] * 1000, cuts[98] * 1000
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where to post")
    parser.add_argument("instance", type=Path, help="an instance with {instance_id} in it")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--photo-bytes", type=int, default=0)
    options = parser.parse_args()
    photo = bytes(range(256)) * (options.photo_bytes // 256) if options.photo_bytes else None
    got = asyncio.run(
        load(options.url, options.instance.read_bytes(), options.clients, options.seconds, photo)
    )
    print(json.dumps(asdict(got)))


if __name__ == "__main__":
    main()
