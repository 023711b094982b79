"""What can keep a server, or a command that asks it, from working."""

from __future__ import annotations

from forms.errors import N_, Invalid, NotFound, Unavailable


class SettingInvalid(Invalid):
    text = N_("The setting {name} cannot be {value}. Correct it and start again.")


class AddressTaken(Unavailable):
    text = N_(
        "Nothing can listen at {host}, port {port}: {reason}. If another program is there, stop it, "
        "or choose another port with --port."
    )


class RunningServerSilent(Unavailable):
    text = N_("The server at {address} runs but does not answer. Wait a moment, or stop it and try again.")


class RunningServerFailed(Unavailable):
    text = N_("The running server could not do it: {reason}")


class VerbUnknown(NotFound):
    text = N_(
        "The running server does not know the command {name}. Stop it and start the version installed here."
    )


class DemonstrationRefused(Invalid):
    text = N_("The demonstration could not send its answers ({status}): {reason}")
