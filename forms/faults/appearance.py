"""What a person can put right about how the site shows itself, and what is not set there at all."""

from __future__ import annotations

from forms.errors import N_, Invalid, NotFound, TooLarge, Unsupported


class PictureTooLarge(TooLarge):
    text = N_(
        "A picture of the site may have {most} kB at most: phones load it with every page. Make it smaller."
    )
    code = 413.1


class PictureUnknown(Invalid):
    text = N_("This is not a picture that can be shown here. Choose a PNG, JPEG, GIF or WebP file.")
    code = 400.8


class WordsTooLong(Invalid):
    text = N_("This text is too long: at most {most} letters.")
    code = 400.13


class ConfigUnknown(Invalid):
    text = N_("There is nothing called {value} to be set on this server.")
    code = 400.8


class ConfigNotSet(NotFound):
    text = N_("Nothing is set under the name {key}.")
    code = 404.1


class NoUsageReports(Unsupported):
    text = N_("This server reports nothing about its use to anybody, so there is nothing to turn on.")
    code = 501.9


class NoBackupHere(Unsupported):
    text = N_(
        "A copy of everything is made beside the server, with the command baikoo backup: "
        "nothing like it leaves through the network."
    )
    code = 501.1
