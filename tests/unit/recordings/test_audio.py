# SPDX-License-Identifier: Apache-2.0
import os
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.audio import UnreadableAudioError, read_audio
from recordings.transcode import to_opus
from tests.support.audio import RATE, raw, strongest, tone, wav


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_raw_is_stereo_with_the_client_left(tmp_path):
    audio = read_audio(written(tmp_path, "a.raw", raw(1.0, client=500, operator=1500)))
    assert audio.duration_s == 1.0
    assert strongest(audio.samples[:, 0], RATE) == 500
    assert strongest(audio.samples[:, 1], RATE) == 1500


@pytest.mark.parametrize("extra", [1, 2, 3])
def test_bytes_of_a_frame_cut_off_are_left_out(tmp_path, extra):
    audio = read_audio(written(tmp_path, "a.raw", raw(0.5) + b"\x7f" * extra))
    assert audio.duration_s == 0.5
    assert audio.note


@pytest.mark.parametrize("said", [0, 0xFFFFFFFF, 10**6])
def test_a_header_that_was_never_finished(tmp_path, said):
    audio = read_audio(written(tmp_path, "a.wav", wav(tone(1.0), length=said)))
    assert audio.duration_s == 1.0
    assert "size" in audio.note


def test_a_wideband_wav(tmp_path):
    audio = read_audio(written(tmp_path, "a.wav16", wav(tone(1.0), rate=16000)), "wav16")
    assert (audio.rate, audio.duration_s) == (16000, 0.5)


def test_a_wav_with_other_chunks_before_the_data(tmp_path):
    whole = wav(tone(1.0))
    odd = whole[:36] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + whole[36:]
    assert read_audio(written(tmp_path, "a.wav", odd)).duration_s == 1.0


def test_gsm_as_asterisk_names_it(tmp_path):
    path = tmp_path / "a.gsm"
    soundfile.write(path, tone(2.0), RATE, format="RAW", subtype="GSM610")
    audio = read_audio(path)
    assert audio.duration_s == pytest.approx(2.0, abs=0.05)
    assert strongest(audio.samples[:, 0], RATE) == pytest.approx(440, abs=5)


def test_wav49(tmp_path):
    path = tmp_path / "a.WAV"
    soundfile.write(path, tone(2.0), RATE, format="WAV", subtype="GSM610")
    assert read_audio(path).duration_s == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("content", [b"", wav(tone(0)), wav(tone(0), length=0), wav(tone(0))[:44]])
def test_no_audio_is_empty_and_no_error(tmp_path, content):
    assert len(read_audio(written(tmp_path, "a.wav", content)).samples) == 0 if content else True
    assert len(read_audio(written(tmp_path, "a.raw", b"")).samples) == 0


@settings(max_examples=300)
@given(content=st.binary(max_size=300), suffix=st.sampled_from(["wav", "WAV", "wav16", "gsm", "raw"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("any") / f"a.{suffix}"
    path.write_bytes(content)
    try:
        audio = read_audio(path)
    except UnreadableAudioError:
        return
    assert audio.samples.shape[1] in {1, 2}


@settings(max_examples=300)
@given(place=st.integers(0, 60), byte=st.integers(0, 255), cut=st.integers(0, 400))
def test_a_damaged_header_is_read_or_refused(tmp_path_factory, place, byte, cut):
    whole = bytearray(wav(tone(0.02), channels=1))
    whole[place] = byte
    path = tmp_path_factory.mktemp("damaged") / "a.wav"
    path.write_bytes(bytes(whole[: len(whole) - cut]))
    try:
        audio = read_audio(path)
    except UnreadableAudioError:
        return
    assert audio.samples.nbytes <= len(whole) * 8


def test_a_link_and_a_fifo_are_not_opened(tmp_path):
    real = written(tmp_path, "real.raw", raw(0.1))
    (tmp_path / "link.raw").symlink_to(real)
    os.mkfifo(tmp_path / "fifo.raw")
    for name in ("link.raw", "fifo.raw"):
        with pytest.raises(OSError, match=name):
            read_audio(tmp_path / name)


@pytest.mark.parametrize(("rate", "subtype"), [(8000, "OPUS"), (16000, "OPUS"), (11025, "VORBIS")])
def test_what_browsers_play_sounds_the_same(tmp_path, rate, subtype):
    source = written(tmp_path, "a.wav", wav(tone(3.0), rate=rate))
    target = tmp_path / "a.ogg"
    to_opus(read_audio(source), target)
    assert soundfile.info(target).subtype == subtype
    samples, at = soundfile.read(target)
    assert strongest(samples, at) == pytest.approx(440 * rate / RATE, abs=5)


def test_hours_are_written_in_chunks(tmp_path):
    """One call with ten minutes ends the process in libsndfile."""
    source = written(tmp_path, "a.wav", wav(np.zeros(RATE * 600, np.int16)))
    target = tmp_path / "a.ogg"
    to_opus(read_audio(source), target)
    assert soundfile.info(target).duration == pytest.approx(600, abs=0.1)
