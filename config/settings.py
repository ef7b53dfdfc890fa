# SPDX-License-Identifier: Apache-2.0
"""All settings of a Rolodial: one TOML file (config/rolodial.example.toml shows it) and ROLODIAL_* variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from config.routing_file import DEFAULT_FILE
from config.settings_file import SettingsError, read_settings
from crm_core.domain.outbound import OutboundSettings
from crm_core.usecases.decide_route import RouteSettings
from outgoing.settings import OutgoingSettings
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.ari_phones import AriSettings
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import AmiSettings, JournalSettings
from recordings.settings import RecordingSettings
from web.settings import WebSettings

SETTINGS_VARIABLE = "ROLODIAL_SETTINGS"


class PbxMode(StrEnum):
    """What Rolodial is to a PBX (docs/admins.md)."""

    ROUTE = "route"  # its dialplan leads calls through our contexts
    OBSERVE = "observe"  # Rolodial reads events, CEL and files, and starts nothing there by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxSettings:
    """One Asterisk. `name` is part of every call's id: never change it."""

    name: str
    ami: AmiSettings
    mode: PbxMode = PbxMode.ROUTE
    profile: PbxProfile = field(default_factory=PbxProfile)
    spool: Path | None = None  # where its MixMonitor writes, as this host sees it
    cel_file: Path | None = None  # what its cel_custom writes, for the doctor
    queue_sounds: bool = False  # its queues.conf includes <spool>/prompts/queue-sounds.conf
    ari: AriSettings | None = None  # only of a PBX whose phones Rolodial makes


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    file: Path = DEFAULT_FILE
    hold_ms: int = 80  # the answer to the PBX waits so long for the card to be painted; 0: never
    default_queue: str = "default"
    default_queue_seconds: int = 120
    default_mailbox: str = "default"

    def route(self) -> RouteSettings:
        return RouteSettings(
            hold_ms=self.hold_ms,
            default_queue=self.default_queue,
            default_queue_seconds=self.default_queue_seconds,
            default_mailbox=self.default_mailbox,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """The control socket of the outside world that `rolodial run` starts; no demo without it."""

    control: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    home: Path = Path("var")  # journal, recordings, and SQLite's file
    seal_journal: bool = False  # what PBXs said is encrypted on disk, with a key for each day
    least_free_mb: int = 2048  # less than that on a disk of recordings is an alarm
    database: str = ""  # 'postgresql+asyncpg://...'; '' is SQLite in `home`
    web: WebSettings = field(default_factory=WebSettings)
    fastagi: FastAgiSettings = field(default_factory=FastAgiSettings)
    routing: RoutingSettings = field(default_factory=RoutingSettings)
    outbound: OutboundSettings = field(default_factory=OutboundSettings)
    demo: DemoSettings = field(default_factory=DemoSettings)
    outgoing: OutgoingSettings = field(default_factory=OutgoingSettings)
    pbx: tuple[PbxSettings, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for one in self.pbx]
        if len(set(names)) < len(names):
            raise SettingsError(f"two PBXs have the same name: {', '.join(names)}")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite+aiosqlite:///{self.home.absolute() / 'rolodial.db'}"

    @property
    def journal(self) -> JournalSettings:
        return JournalSettings(directory=self.home / "journal", sealed=self.seal_journal)

    @property
    def played_at(self) -> Mapping[str, Path | None]:
        """Where PBXs that we route find the house's sounds; nothing is written for one that is only watched."""
        return {one.name: one.spool for one in self.pbx if one.mode is PbxMode.ROUTE}

    @property
    def recordings(self) -> RecordingSettings:
        spools = {one.name: one.spool for one in self.pbx if one.spool is not None}
        return RecordingSettings(
            storage=self.home / "recordings", spools=spools, least_free_mb=self.least_free_mb
        )


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    return read_settings(Settings, settings_file(path, environ), environ)


def settings_file(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """`path`, else the file that ROLODIAL_SETTINGS names, else var/rolodial.toml if it is there."""
    named = path or (Path(environ[SETTINGS_VARIABLE]) if environ.get(SETTINGS_VARIABLE) else None)
    usual = Path("var/rolodial.toml")
    return named or (usual if usual.exists() else None)
