"""Set up Baikoo and run it, on any machine with Python 3.11 or newer and nothing else.

    python3 start.py demo       everything at once, with invented data, in a folder of its own
    python3 start.py serve      the same server for real work
    python3 start.py test       the whole test suite (words after it go to pytest)

Any other word is a verb of the `baikoo` command line. The first start fetches what the lock file
names into .venv and .tools beside this file; later starts fetch nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = HERE / ".tools"
UV_VERSION = "uv>=0.8,<1"


def uv() -> list[str]:
    """uv reads the lock file; where the machine has none, it goes into .tools."""
    found = shutil.which("uv")
    if found:
        return [found]
    python = TOOLS / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (TOOLS / "ready").exists():
        try:
            venv.create(TOOLS, with_pip=True, clear=True)
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV_VERSION],
                check=True,
            )
        except subprocess.CalledProcessError:
            # Debian and Ubuntu keep the module that makes environments in a package of its own
            shutil.rmtree(TOOLS, ignore_errors=True)
            sys.exit(
                "Baikoo could not set itself up: Python's own package installer did not work. "
                "On Debian or Ubuntu run `sudo apt-get install python3-venv` once, check that this machine "
                "is connected to the Internet, and start again."
            )
        (TOOLS / "ready").touch()
    return [str(python), "-m", "uv"]


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts it may have an older one
        sys.exit("Baikoo needs Python 3.11 or newer.")
    if not arguments:
        print(__doc__)
        return 2
    testing = arguments[0] == "test"
    command = ["pytest", *arguments[1:]] if testing else ["baikoo", *arguments]
    # --locked: exactly what the lock file names, or a clear refusal
    groups = [] if testing else ["--no-dev"]
    # what Python compiled is kept, whatever the shell says: without it every start takes twice as long
    unwanted = ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    try:
        done = subprocess.run(
            [*uv(), "run", "--locked", "--quiet", *groups, "--project", str(HERE), *command],
            env=environment,
            cwd=HERE if testing else None,
            check=False,
        )
    except KeyboardInterrupt:  # the server has said its own goodbye
        return 0
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
