# SPDX-License-Identifier: Apache-2.0
"""Any sound file becomes what a telephone plays; what cannot is refused by name, and never decoded without bounds."""

import wave

import numpy as np
import pytest
import soundfile

from crm_core.domain.prompt import LONGEST_S
from recordings.sound import RefusedSoundError, as_telephony, make_sound
from tests.support.audio import strongest
from tests.support.prompts import encoded, tone


def made(tmp_path, content):
    source, target = tmp_path / "given", tmp_path / "made.wav"
    source.write_bytes(content)
    told = make_sound(source, target)
    with wave.open(str(target), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return told["seconds"], samples


@pytest.mark.parametrize(
    ("kind", "subtype", "rate", "channels"),
    [
        ("WAV", "PCM_16", 8000, 1),
        ("WAV", "PCM_24", 48000, 2),
        ("WAV", "FLOAT", 96000, 1),
        ("WAV", "ALAW", 8000, 1),
        ("WAV", "PCM_16", 6000, 1),
        ("FLAC", "PCM_16", 44100, 2),
        ("OGG", "VORBIS", 44100, 1),
        ("OGG", "OPUS", 48000, 1),
        ("MP3", "MPEG_LAYER_III", 44100, 2),
        ("MP3", "MPEG_LAYER_III", 22050, 1),
    ],
)
def test_a_tone_stays_the_same_tone(tmp_path, kind, subtype, rate, channels):
    samples, _ = tone(440.0, seconds=1.5, rate=rate, channels=channels)
    seconds, heard = made(tmp_path, encoded(samples, rate, kind, subtype))
    assert seconds == pytest.approx(1.5, abs=0.15)  # MP3 adds some frames at both ends
    middle = heard[2000:10000]
    assert strongest(middle, 8000) == pytest.approx(440, abs=2)
    assert np.abs(middle).max() == pytest.approx(0.5 * 32767, rel=0.1)


def test_what_a_telephone_cannot_carry_is_left_out_and_not_folded_into_it():
    high, rate = tone(5000.0, rate=44100)
    assert (
        np.abs(as_telephony(high[:, 0], rate)[1000:-1000]).max() < 0.02 * 32767
    )  # a tone that begins at once clicks


def test_too_loud_is_limited_and_what_is_no_number_is_silence(tmp_path):
    samples, rate = tone(300.0, rate=8000, loud=3.0)
    samples[100] = np.nan
    _, heard = made(tmp_path, encoded(samples, rate, "WAV", "FLOAT"))
    assert np.abs(heard.astype(int)).max() == 32767
    assert heard[100] == 0


def refused(tmp_path, content):
    with pytest.raises(RefusedSoundError) as error:
        made(tmp_path, content)
    assert not (tmp_path / "made.wav").exists()
    return error.value.why


def quiet(seconds, rate=8000):
    return np.zeros((int(seconds * rate), 1), np.float32), rate


def test_what_nobody_would_hear_or_bear_is_refused(tmp_path):
    assert refused(tmp_path, encoded(*quiet(2))) == "silent"
    assert refused(tmp_path, encoded(*tone(seconds=0.1))) == "too_short"
    assert refused(tmp_path, encoded(*quiet(0))) == "too_short"
    longer, rate = tone(seconds=LONGEST_S + 1, rate=8000)
    assert refused(tmp_path, encoded(longer, rate)) == "too_long"


def test_a_small_file_of_many_hours_is_given_up_early(tmp_path, monkeypatch):
    hours = encoded(*quiet(1800), "FLAC", "PCM_16")
    assert len(hours) < 1_000_000
    decoded, read = [], soundfile.SoundFile.read

    def counted(self, *args, **kwargs):
        block = read(self, *args, **kwargs)
        decoded.append(len(block))
        return block

    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    assert refused(tmp_path, hours) == "too_long"
    assert sum(decoded) < (LONGEST_S + 20) * 8000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"RIFF\xff\xff\xff\xffWAVE",
        b"OggS" + bytes(500),
        b"ID3" + b"\xff" * 500,
        b"%PDF-1.7 " + bytes(2000),
        encoded(*tone(rate=8000))[:40],
        encoded(*tone(channels=9, rate=8000)),
    ],
    ids=["empty", "text", "head only", "torn ogg", "torn mp3", "pdf", "torn wav", "nine channels"],
)
def test_what_is_no_sound_is_refused(tmp_path, content):
    assert refused(tmp_path, content) in {"no_sound", "too_short"}


def test_a_file_that_is_cut_off_is_taken_as_far_as_it_goes(tmp_path):
    whole = encoded(*tone(seconds=2, rate=8000))
    seconds, _ = made(tmp_path, whole[: len(whole) // 2])
    assert seconds == pytest.approx(1, abs=0.1)
