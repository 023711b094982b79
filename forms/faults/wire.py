"""What a program can put right about the bytes that it sends."""

from __future__ import annotations

from forms.errors import N_, Invalid


class JsonBroken(Invalid):
    text = N_("This is not JSON: it breaks off, or a mark is missing in its {length} bytes.")
    code = 400.1

    def for_programs(self) -> dict[str, object]:
        return {"format": "json", "rawLength": self.details["length"]}


class PackingUnknown(Invalid):
    text = N_("A body that is packed as {packing} cannot be read. Send it as it is, or packed with gzip.")
    code = 400.37
