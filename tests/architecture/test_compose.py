# SPDX-License-Identifier: Apache-2.0
"""docker-compose.yml against the schema of the Compose Specification (no engine runs here: it is not started)."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "compose_spec" / "compose-spec.json").read_text())
VALIDATOR = jsonschema.Draft201909Validator(SCHEMA)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_it_is_valid():
    VALIDATOR.validate(COMPOSE)


def test_the_check_would_see_a_slip():
    broken = {**COMPOSE, "services": {"web": {"imagee": "x"}}}
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(broken)


def test_every_file_it_builds_from_or_mounts_is_there():
    for service in COMPOSE["services"].values():
        if "build" in service:
            assert (ROOT / service["build"].get("dockerfile", "Dockerfile")).is_file()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (ROOT / source).exists(), source
