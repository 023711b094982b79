"""When the package is built, fetch the third-party browser files that the repository does not hold."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "assets"))
import build_assets

SKIP = os.environ.get("BAIKOO_ASSETS") == "skip"


class BrowserFiles(BuildHookInterface):  # type: ignore[misc]  # hatchling carries no types
    """Runs for wheels and for editable installs; a source archive takes the files along if they are there."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node in a wheel, asked for only where files are missing and the machine has no npm."""
        if SKIP or self.target_name == "sdist" or build_assets.fresh() or build_assets.npm_command():
            return []
        return [build_assets.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "sdist":
            return
        if build_assets.fresh():
            self.app.display_info("The browser files are up to date.")
            return
        if SKIP:
            self.app.display_warning("Built without the browser files: pages will say so.")
            return
        try:
            build_assets.build(self.app.display_info)
        except build_assets.AssetError as error:
            sys.exit(f"\n{error}\nBAIKOO_ASSETS=skip installs without them; pages then say so.\n")
