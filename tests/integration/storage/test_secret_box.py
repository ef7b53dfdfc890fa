# SPDX-License-Identifier: Apache-2.0
"""What is sealed can be read again with the same key file, and with no other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from crm_core.ports.secret_box import SealBrokenError
from crm_core.storage.secret_box import KEY_FILE, FernetBox, KeyFileError


def test_the_key_outlives_the_process_and_nobody_else_may_read_it(tmp_path):
    path = tmp_path / KEY_FILE
    sealed = FernetBox.of_file(path).seal(b"smtp password")
    assert FernetBox.of_file(path).open(sealed) == b"smtp password"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [KEY_FILE]


def test_a_sealed_secret_says_nothing_and_is_another_text_each_time():
    box = FernetBox(Fernet.generate_key())
    first, second = box.seal(b"seed"), box.seal(b"seed")
    assert first != second
    assert "seed" not in first


@pytest.mark.parametrize("sealed", ["", "x", "gAAAAA", "\u2028"])
def test_what_was_not_sealed_here_is_refused(sealed):
    with pytest.raises(SealBrokenError):
        FernetBox(Fernet.generate_key()).open(sealed)


def test_another_key_is_said():
    sealed = FernetBox(Fernet.generate_key()).seal(b"seed")
    with pytest.raises(SealBrokenError, match=r"secret\.key"):
        FernetBox(Fernet.generate_key()).open(sealed)


def test_processes_that_start_together_have_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        boxes = list(pool.map(lambda n: FernetBox.of_file(tmp_path / KEY_FILE), range(8)))
    sealed = boxes[0].seal(b"x")
    assert {box.open(sealed) for box in boxes} == {b"x"}


def test_a_damaged_key_file_is_said_and_never_overwritten(tmp_path):
    path = tmp_path / KEY_FILE
    path.write_text("half a k")
    with pytest.raises(KeyFileError, match="backup"):
        FernetBox.of_file(path)
    assert path.read_text() == "half a k"
