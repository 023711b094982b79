"""The bare stack that Baikoo is measured against: none of our code, and nothing it does for safety.

Starlette reads the multipart body, lxml parses the instance, one line is appended to a file and
flushed to the disk, then the 201 leaves. No index, no duplicates, no chain, no typed rows, no
attachments by hash. It is about the least that may still call itself durable.
"""

from __future__ import annotations

import json
import os
import sys

import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
flush = getattr(os, "fdatasync", os.fsync)  # Windows has no fdatasync


def create(path: str) -> Starlette:
    log = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    async def submit(request: Request) -> Response:
        async with request.form(max_part_size=10_000_000) as form:
            posted = form["xml_submission_file"]
            xml = posted.encode() if isinstance(posted, str) else await posted.read()
            media = [
                (name, await part.read())
                for name, part in form.multi_items()
                if name != "xml_submission_file" and not isinstance(part, str)
            ]
        root = etree.fromstring(xml, PARSER)
        instance_id = root.findtext(".//{*}instanceID")
        for name, content in media:
            with open(
                os.path.join(os.path.dirname(path), f"{instance_id}-{os.path.basename(name)}"), "wb"
            ) as file:
                file.write(content)
                file.flush()
                flush(file.fileno())
        os.write(log, json.dumps({"id": instance_id, "xml": xml.decode()}).encode() + b"\n")
        flush(log)
        return Response(status_code=201)

    return Starlette(routes=[Route("/submission", submit, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(
        create(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="warning"
    )
