# SPDX-License-Identifier: Apache-2.0
"""A figure holds by its ratio or by its bound, in the direction that is better for it."""

from config.bench.figure import Figure, Limit


def a_figure(**changes):
    given = {
        "name": "decision_p50",
        "value": 2.0,
        "unit": "ms",
        "reference": 1.0,
        "must": Limit(ratio=4, value=1.5),
        "goal": Limit(ratio=2, value=0.7),
    }
    return Figure(**(given | changes))


def test_a_time_within_the_ratio_holds_though_its_bound_is_missed():
    assert a_figure().holds
    assert a_figure().reaches_goal


def test_a_time_within_its_bound_holds_though_the_ratio_is_missed():
    assert a_figure(value=1.4, reference=0.1).holds


def test_a_time_outside_both_is_missed():
    assert not a_figure(value=9.0).holds


def test_a_rate_wants_at_least_the_limit():
    rate = Limit(ratio=4, more=True)
    assert a_figure(value=5, must=rate).holds
    assert not a_figure(value=3, must=rate).holds


def test_without_a_reference_only_the_bound_counts():
    assert a_figure(reference=None, value=1.5).holds
    assert not a_figure(reference=None, value=1.6).holds


def test_json_has_what_readers_expect():
    assert a_figure().as_json() == {
        "name": "decision_p50",
        "value": 2.0,
        "unit": "ms",
        "reference": 1.0,
        "ratio": 2.0,
        "must": "<= 4x or 1.5 ms",
        "goal": "<= 2x or 0.7 ms",
        "holds": True,
    }
