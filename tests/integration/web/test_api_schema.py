# SPDX-License-Identifier: Apache-2.0
"""What the contract says of itself: thousands of requests made from it, right and wrong, none answered otherwise."""

import asyncio
import sys
from pathlib import Path

import pytest

from crm_core.domain.session import SCOPES
from tests.support.api import program

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
SETTINGS = Path(__file__).with_name("schemathesis.toml")


async def schemathesis(site, tmp_path, *arguments):
    """Runs beside the server: its exit code and what it printed."""
    words = [
        f"--config-file={SETTINGS}",
        "run",
        str(site.client.make_url("/api/v1/openapi.json")),
        *arguments,
    ]
    run = await asyncio.create_subprocess_exec(
        SCHEMATHESIS,
        *words,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await run.communicate()
    return run.returncode, said.decode()


@pytest.mark.timeout(400)
async def test_every_answer_is_one_that_the_contract_knows(make_site, database_with_history, tmp_path):
    site = await make_site(api_a_minute=1_000_000)
    is_sqlite = database_with_history[0].startswith("sqlite")
    admin = await program(site, "admin", SCOPES)
    bearer = f"--header=Authorization:{admin.headers['Authorization']}"
    # What is answered does not hang on the database: the other one is asked less.
    less = () if is_sqlite else ("--phases=fuzzing", "--max-examples=4")
    code, said = await schemathesis(site, tmp_path, bearer, *less)
    assert code == 0, said[-12_000:]


@pytest.mark.timeout(300)
async def test_a_token_without_a_scope_is_refused_as_the_contract_says(make_site, tmp_path):
    site = await make_site(api_a_minute=1_000_000)
    nobody = await program(site, "anna", {"none"})
    bearer = f"--header=Authorization:{nobody.headers['Authorization']}"
    code, said = await schemathesis(site, tmp_path, bearer, "--phases=fuzzing", "--max-examples=3")
    assert code == 0, said[-12_000:]
