# SPDX-License-Identifier: Apache-2.0
"""Write a migration from what schema.py has and the migrations have not.

tools/make_migration.py 0003 'Why'      the next one
tools/make_migration.py --first         0001 anew: only until the first release, while no database is in use
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.open_store import alembic_config, migrate

VERSIONS = Path(__file__).parent.parent / "crm_core/storage/migrations/versions"


async def main(number: str, message: str, *, first: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'empty.db'}"
        config = alembic_config()
        if first:
            config.set_main_option("version_locations", directory)
        else:
            await migrate(url)
        await write(url, config, number, message)
        await asyncio.to_thread(_take, Path(directory))


def _take(directory: Path) -> None:
    for made in directory.glob("*.py"):
        VERSIONS.joinpath(made.name).write_text(made.read_text())


def tidy(number: str) -> Path:
    (file,) = VERSIONS.glob(f"{number}_*.py")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "# ###" not in line))
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(file)], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "check", "-q", "--fix", str(file)], check=True)
    return file


async def write(url: str, config: Config, number: str, message: str) -> None:
    def revision(connection: Connection) -> None:
        config.attributes["connection"] = connection
        config.set_main_option("quiet", "true")
        command.revision(config, message, autogenerate=True, rev_id=number)

    engines = make_engines(parse_url(url))
    try:
        async with engines.writer.begin() as connection:
            await connection.run_sync(revision)
    finally:
        await engines.dispose()


if __name__ == "__main__":
    first = sys.argv[1:] == ["--first"]
    number, why = ("0001", "The first tables") if first else sys.argv[1:]
    asyncio.run(main(number, why, first=first))
    print(tidy(number))
