"""What a program can put right about the bytes that it sends."""

from __future__ import annotations

from forms.errors import N_, Invalid, TooLarge, Unsupported


class JsonBroken(Invalid):
    text = N_("This is not JSON: it breaks off, or a mark is missing in its {length} bytes.")
    code = 400.1

    def for_programs(self) -> dict[str, object]:
        return {"format": "json", "rawLength": self.details["length"]}


class PackingUnknown(Invalid):
    text = N_("A body that is packed as {packing} cannot be read. Send it as it is, or packed with gzip.")
    code = 400.37


class XmlPartMissing(Invalid):
    text = N_("The form itself did not arrive. Send it again; nothing was lost on the phone.")
    code = 400.7


class BodyBroken(Invalid):
    text = N_("The sending broke off. Send it again; nothing was lost on the phone.")
    code = 400.39


class BodyTooLarge(TooLarge):
    text = N_(
        "This is more than can be taken in one sending. Nothing was lost on the phone: tell your coordinator."
    )
    code = 413.1


class EncodingUnsupported(Unsupported):
    text = N_("This program packs its files in a way that Baikoo does not read. Send them unpacked (binary).")
