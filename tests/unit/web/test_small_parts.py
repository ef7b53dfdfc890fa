# SPDX-License-Identifier: Apache-2.0
"""Throttle, waveform, static files, places in lists and the token against forged requests."""

import contextlib
import gzip
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.recording import Peaks
from web import cursors
from web.assets import ROOT, Assets
from web.i18n.catalogues import catalogues
from web.middleware.csrf import _knows, masked
from web.throttle import BY_ACCOUNT_AND_ADDRESS, LoginThrottle
from web.waveform import BARS, HEIGHT, drawing

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUDGET = 300_000  # bytes on the wire until the first page is painted


# --- throttle


def fail(throttle, login="anna", address="10.0.0.1", times=1, at=NOW):
    for _ in range(times):
        throttle.failed(login, address, at)


def wait(throttle, login="anna", address="10.0.0.1", at=NOW, *, known=False):
    return throttle.wait_s(login, address, at, known_address=known)


def test_a_few_mistakes_cost_nothing():
    throttle = LoginThrottle()
    fail(throttle, times=BY_ACCOUNT_AND_ADDRESS.failures - 1)
    assert wait(throttle) == 0


def test_more_have_to_wait_and_waiting_helps():
    throttle = LoginThrottle()
    fail(throttle, times=BY_ACCOUNT_AND_ADDRESS.failures)
    first = wait(throttle)
    assert first > 0
    assert wait(throttle, at=NOW + timedelta(seconds=first)) == 0
    assert wait(throttle, login="boris") == 0
    assert wait(throttle, address="10.0.0.2") == 0


def test_an_address_that_tries_many_accounts_waits():
    throttle = LoginThrottle()
    for i in range(45):
        fail(throttle, login=f"user{i}")
    assert wait(throttle, login="anna") > 0
    assert wait(throttle, login="anna", address="10.0.0.9") == 0


def test_an_attack_from_many_addresses_stops_strangers_but_not_the_known_one():
    throttle = LoginThrottle()
    for i in range(40):
        fail(throttle, address=f"10.1.0.{i}")
    assert wait(throttle, address="10.2.0.1") > 0
    assert wait(throttle, address="192.168.0.5", known=True) == 0


def test_many_names_do_not_fill_the_memory():
    throttle = LoginThrottle()
    for i in range(20_000):
        fail(throttle, login=f"u{i}", address=f"a{i}")
    assert len(throttle._buckets) <= 50_000


# --- waveform


def test_the_loudest_window_is_the_tallest_bar():
    d = drawing(Peaks([0] * 500 + [255] + [0] * 499, [10] * 1000))
    assert d.width == BARS * 3
    assert d.height == HEIGHT
    bars = d.client.split("M")[1:]
    assert len(bars) == BARS
    assert sum("v19h" in bar for bar in bars) == 1
    assert "v19h" in bars[BARS // 2]


@given(st.lists(st.integers(0, 255), max_size=2000), st.lists(st.integers(0, 255), max_size=2000))
def test_any_peaks_can_be_drawn(client, operator):
    d = drawing(Peaks(client, operator))
    assert d.client.count("M") == d.operator.count("M") == BARS


def test_without_peaks_a_line():
    assert drawing(None).client.count("v0.5h") == BARS


# --- static files


@pytest.fixture(scope="module")
def assets():
    return Assets({f"js/texts/{code}.js": each.script for code, each in catalogues().items()})


def test_the_address_changes_with_any_file(assets):
    assert assets.url("css/base.css") != Assets({"x.js": b"1"}).url("css/base.css")
    with pytest.raises(LookupError, match=r"no static file css/none.css"):
        assets.url("css/none.css")


def test_compressed_once_and_the_same(assets):
    asset = assets.get("vendor/tabler.min.css")
    assert gzip.decompress(asset.gzipped) == asset.body
    assert assets.get("vendor/inter-latin.woff2").gzipped is None


def test_the_first_paint_fits_its_budget(assets):
    """Everything the shell asks for, in Russian (two font files), with all scripts of the workspace."""
    names = [
        "vendor/inter.css",
        "vendor/tabler.min.css",
        "vendor/htmx.min.js",
        "vendor/icons.svg",
        "js/texts/ru.js",
    ]
    names += ["vendor/inter-latin.woff2", "vendor/inter-cyrillic.woff2", "img/sign.svg"]
    names += [p.relative_to(ROOT).as_posix() for kind in ("css", "js") for p in (ROOT / kind).rglob("*.*")]
    assert sum(assets.size(name) for name in names) < BUDGET


def test_what_was_vendored_is_what_the_manifest_says():
    manifest = json.loads((ROOT / "vendor" / "MANIFEST.json").read_text())
    listed = {}
    for entry in manifest:
        assert (ROOT / "vendor" / entry["license_text"]).stat().st_size > 200
        listed |= entry["files"]
    there = {p.name for p in (ROOT / "vendor").iterdir() if p.is_file()} - {"MANIFEST.json"}
    assert set(listed) == there
    for name, digest in listed.items():
        assert hashlib.sha256((ROOT / "vendor" / name).read_bytes()).hexdigest() == digest, name


# --- places in lists, tokens


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)), st.uuids())  # noqa: DTZ001
def test_a_place_survives_the_address(at, identity):
    assert cursors.read(cursors.write(Cursor(at, identity))) == Cursor(at, identity)


@given(st.text(max_size=80))
def test_any_text_is_a_place_or_a_clear_refusal(text):
    with contextlib.suppress(InvalidInputError):
        assert cursors.read(text) is None or isinstance(cursors.read(text).id, UUID)


def test_a_token_looks_different_each_time_and_is_known():
    token = "t" * 43
    assert masked(token) != masked(token)
    assert _knows(token, masked(token))


@given(st.text(max_size=200))
def test_nothing_else_is_the_token(guess):
    assert not _knows("t" * 43, guess)


def test_each_icon_that_is_named_is_in_the_sprite():
    web = ROOT.parent
    said = [path.read_text() for path in (*web.rglob("*.html"), *web.rglob("*.py"))]
    named = {name for text in said for name in re.findall(r"""icon(?:\(|=)"([a-z0-9-]+)\"""", text)}
    assert len(named) > 50
    assert named <= set(re.findall(r'id="([a-z0-9-]+)"', (ROOT / "vendor/icons.svg").read_text()))
