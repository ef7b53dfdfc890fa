# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta

from crm_core.domain.ids import new_id
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.voicemail import Voicemail, VoicemailRow
from tests.support.calls import T0, at

ONE = Voicemail(id=new_id(T0), left_at=at(40), updated_at=at(40), began_at=at(29))
KEPT = Recording(
    id=new_id(T0),
    call_id=ONE.id,
    pbx="main",
    linkedid="1.1",
    uniqueid="1.1",
    state=RecordingState.READY,
    source_name="x.raw",
    created_at=at(41),
    duration_s=39.0,
    started_at=at(1),
)


def test_where_the_message_begins_in_its_recording():
    row = VoicemailRow(voicemail=ONE, recordings=(KEPT,))
    assert (row.starts_at_s, row.seconds) == (28.0, 11.0)


def test_a_beginning_that_is_not_known_plays_it_all():
    unknown = replace(ONE, began_at=None)
    assert VoicemailRow(voicemail=unknown, recordings=(KEPT,)).starts_at_s == 0
    assert VoicemailRow(voicemail=unknown, recordings=(KEPT,)).seconds == 39.0
    assert VoicemailRow(voicemail=unknown).seconds is None


def test_a_beginning_outside_of_the_file_is_moved_into_it():
    row = VoicemailRow(voicemail=ONE, recordings=(replace(KEPT, started_at=T0 + timedelta(hours=1)),))
    assert row.starts_at_s == 0
    row = VoicemailRow(voicemail=ONE, recordings=(replace(KEPT, duration_s=5.0),))
    assert (row.starts_at_s, row.seconds) == (5.0, 0.0)


def test_before_the_file_is_there_its_length_is_what_the_call_says():
    waiting = replace(KEPT, state=RecordingState.WAITING, duration_s=None, started_at=None)
    assert VoicemailRow(voicemail=ONE, recordings=(waiting,)).seconds == 11.0


def test_of_several_files_the_one_that_can_be_played():
    lost = replace(KEPT, id=new_id(T0), state=RecordingState.MISSING)
    assert VoicemailRow(voicemail=ONE, recordings=(lost, KEPT)).recording is KEPT
