"""JSON into our values: the one place where bytes become dataclasses.

At the first decoding of a class msgspec notes on it what it found out, before it has found out everything.
Another thread that decodes the same class at that moment reads the half of it, and the whole process dies of
a segmentation fault (msgspec 0.22: a server in its first second, the loader and a request reading the same
form). So a class is made known here, under one lock, before anything is decoded into it.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_decoders: dict[object, msgspec.json.Decoder[Any]] = {}
_lock = threading.Lock()


def decode(text: bytes | str, kind: type[T]) -> T:
    """What this JSON says, as a value of this kind. Raises: msgspec.DecodeError, msgspec.ValidationError."""
    return decoder(kind).decode(text)


def convert(value: object, kind: type[T]) -> T:
    """Decoded JSON as a value of this kind. Raises: msgspec.ValidationError."""
    decoder(kind)
    return msgspec.convert(value, type=kind)


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """The one decoder of this kind, for whoever decodes many."""
    known = _decoders.get(kind)
    if known is None:
        with _lock:
            known = _decoders.get(kind)
            if known is None:
                known = _decoders[kind] = msgspec.json.Decoder(kind)
    return known
