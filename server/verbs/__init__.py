"""What the command line may ask of a running server, and does itself where none runs.

A verb is a plain function (context, arguments, report) -> result, all of it JSON: `report` is called with
what a progress bar shows. Register it here with `@verb("name")`; the command line then calls

    find_running(settings.server_file)            # server/running.py
    running.run_verb(name, arguments, report)     # when a server runs, or else
    run_verb(context, name, arguments, report)    # on a context that it opened itself

and gets the same result, the same sentences and the same progress either way. Verbs run in a thread of the
server; what they change they change through the actions, as a route does. The modules of this package hold
the verbs, each with its arguments and its result in its docstring.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from forms.decoding import convert
from forms.errors import ParameterInvalid
from forms.faults.running import VerbUnknown
from server.context import Context
from server.running import Json, Report

Verb = Callable[[Context, Mapping[str, Json], Report], Json]
T = TypeVar("T")

_VERBS: dict[str, Verb] = {}
_MODULES = ("reading", "results", "rounds", "verify_reading")


def verb(name: str) -> Callable[[Verb], Verb]:
    """Register a function as a verb of this name."""

    def register(function: Verb) -> Verb:
        _VERBS[name] = function
        return function

    return register


def run_verb(context: Context, name: str, arguments: Mapping[str, Json], report: Report) -> Json:
    """Do it. Raises: VerbUnknown, and whatever the action raises."""
    function = _all().get(name)
    if function is None:
        raise VerbUnknown(name=name[:100])
    return function(context, arguments, report)


def verb_names() -> list[str]:
    return sorted(_all())


def _all() -> Mapping[str, Verb]:
    for module in _MODULES:
        importlib.import_module(f"server.verbs.{module}")
    return _VERBS


def plain(value: object) -> Json:
    """A value of ours as JSON: dataclasses become objects, times become text."""
    result: Json = msgspec.to_builtins(value)
    return result


def given(arguments: Mapping[str, Json], name: str, kind: type[T]) -> T:
    """An argument that has to be there. Raises: ParameterInvalid."""
    try:
        return convert(arguments.get(name), kind)
    except msgspec.ValidationError as error:
        raise ParameterInvalid(name=name, value=str(error)) from error


def given_path(arguments: Mapping[str, Json], name: str) -> Path:
    return Path(given(arguments, name, str))


def optional_text(arguments: Mapping[str, Json], name: str) -> str | None:
    text = arguments.get(name)
    return text if isinstance(text, str) and text else None
