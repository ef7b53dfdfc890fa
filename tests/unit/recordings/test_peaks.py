# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recordings.audio import peaks_of
from recordings.peaks import loudest, scale
from tests.support.audio import raw, tone, wav

samples = hnp.arrays(
    np.int16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=60).filter(lambda shape: shape[1] <= 2)
)


@given(samples, st.integers(1, 50))
def test_every_sample_is_under_some_peak(sound, windows):
    levels = loudest(sound, windows)
    assert len(levels) == min(windows, len(sound))
    assert (levels.max(axis=0) == np.abs(sound.astype(np.int32)).max(axis=0)).all()


@given(samples, st.integers(1, 50))
def test_peaks_fit_a_byte_and_channels_are_apart(sound, windows):
    tracks = scale(loudest(sound, windows))
    assert len(tracks) == sound.shape[1]
    for channel, track in enumerate(tracks):
        assert all(0 <= peak <= 255 for peak in track)
        assert scale(loudest(sound[:, [channel]], windows)) == [track]


def test_full_scale_down_to_the_one_value_that_has_no_positive():
    sound = np.array([[-32768], [32767], [0]], np.int16)
    assert scale(loudest(sound, 3)) == [[255, 255, 0]]


def test_no_audio_has_no_peaks():
    assert scale(loudest(np.zeros((0, 2), np.int16))) == [[], []]


def test_peaks_of_files_as_they_lie(tmp_path):
    stereo, mono = tmp_path / "a.raw", tmp_path / "b.wav"
    stereo.write_bytes(raw(2.0, level=32767))
    mono.write_bytes(wav(tone(2.0, level=16384)))
    client, operator = peaks_of(stereo)
    assert len(client) == len(operator) == 1000
    assert max(client) in {254, 255}
    assert [max(track) for track in peaks_of(mono)] == [pytest.approx(127, abs=1)]
