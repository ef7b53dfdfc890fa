# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL for one test session: its own directory, a Unix socket, no port, nothing durable."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg

QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")

# The least that makes it as new: most tables have no rows, and TRUNCATE would write new files for each.
EMPTY = """
SET lock_timeout = '2s';
DO $$
DECLARE one record;
BEGIN
    IF (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND state <> 'idle') > 0 THEN
        RAISE 'still in use';
    END IF;
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
    END LOOP;
END $$
"""


class NotInstalledError(Exception):
    pass


class Cluster:
    def __init__(self) -> None:
        self._bin = _newest_bin()
        self.directory = Path(tempfile.mkdtemp(prefix="rolodial-pg-"))
        self._free: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"test_{n}" for n in itertools.count(1))

    def start(self) -> None:
        if os.getuid() == 0:
            shutil.chown(self.directory, _unprivileged().pw_name)
        data = self.directory / "data"
        self._run(
            "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        options = [part for option in QUICK for part in ("-c", option)]
        command = [self._bin / "postgres", "-D", data, "-k", self.directory, "-h", "", *options]
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*_as_nobody(), *command], stdout=log, stderr=log, cwd=self.directory
            )
        self._wait()

    def stop(self) -> None:
        if self._process:
            self._process.send_signal(3)  # SIGQUIT: at once; there is nothing to keep
            self._process.wait(20)
        shutil.rmtree(self.directory, ignore_errors=True)

    def new(self, template: str = "template1") -> str:
        name = next(self._names)
        self._run("createdb", "-h", self.directory, "-U", "postgres", "-T", template, name)
        return name

    def drop(self, name: str) -> None:
        self._run("dropdb", "-h", self.directory, "-U", "postgres", "--force", name)

    def lend(self, template: str) -> str:
        """One that an earlier test gave back, emptied, or a new one: copying takes ten times as long as emptying."""
        return self._free.pop() if self._free else self.new(template)

    async def take_back(self, name: str) -> None:
        """Somebody may still hold it (a killed process, a forgotten connection): then it is never lent again."""
        connection = await asyncpg.connect(host=str(self.directory), user="postgres", database=name)
        try:
            await connection.execute(EMPTY)
            self._free.append(name)
        except asyncpg.PostgresError:
            pass
        finally:
            await connection.close()

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.directory}"

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            ready = [self._bin / "pg_isready", "-q", "-h", self.directory]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise TimeoutError((self.directory / "log").read_text(errors="replace"))

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [*_as_nobody(), self._bin / program, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.directory,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")


def _newest_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise NotInstalledError("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def _unprivileged() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotInstalledError("PostgreSQL needs a user without rights: neither postgres nor nobody exists")


def _as_nobody() -> list[str]:
    """The server dies with us, however we die."""
    ends = ["setpriv", "--pdeathsig", "QUIT"]
    if os.getuid() != 0:
        return ends
    user = _unprivileged()
    return [*ends, "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", "--"]
