# SPDX-License-Identifier: Apache-2.0
"""The project's dependencies are the names in requirements/base.in: one list, read at build."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class ReadDependencies(MetadataHookInterface):
    def update(self, metadata: dict[str, object]) -> None:
        lines = (Path(self.root) / "requirements" / "base.in").read_text().splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]
