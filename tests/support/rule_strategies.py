# SPDX-License-Identifier: Apache-2.0
"""Rule sets of every shape the language knows, in the form they are kept in."""

from hypothesis import settings
from hypothesis import strategies as st

from crm_core.domain.turnover import Window

# Rule sets and houses are large to draw: on a machine that has other work to do as well, slowly.
LARGE = settings(max_examples=60)
STATES = ["free", "offline", "paused", "on_call", "no_answer", "away", "none"]
NUMBERS = ["+79161000001", "+74951112233", "+12025550123"]
HOURS = {
    "office": {"zone": "Europe/Moscow", "mon": ["09:00-18:00"], "holidays": ["01-07", "2026-05-01"]},
    "night shift": {"zone": "Asia/Jakarta", "fri": ["22:00-03:00"], "special": {"12-31": ["09:00-14:00"]}},
}
LISTS = {"vip": {"numbers": NUMBERS[:2], "beginnings": ["+1800"]}, "nobody": {}}
SKILLS = {"english": {"anna": 3, "boris": 2}, "по-русски": {"clara": 10}}
TABLES = {"hours": HOURS, "lists": LISTS, "skills": SKILLS}


def some(values):
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, unique=True)


TURNOVER = st.builds(
    lambda window, low, high: {"window": window, "at_least": low, "below": high},
    st.sampled_from([window.value for window in Window]),
    st.integers(-500, 500_000) | st.integers(0, 10**8).map(lambda units: units / 100),
    st.integers(0, 900_000),
)
DEAL = st.just({"has": "none"}) | st.fixed_dictionaries(
    {"at_least": st.integers(0, 10**6)},
    optional={
        "stage": some(["offer", "contract", "переговоры"]),
        "currency": st.sampled_from(["RUB", "JPY"]),
    },
)
FIELD = st.builds(
    lambda name, asked: {"name": name, **asked},
    st.sampled_from(["contact.segment", "company.discount"]),
    st.one_of(
        some(["Gold", "silver", "по-русски"]).map(lambda values: {"is": values}),
        st.booleans().map(lambda value: {"is": value}),
        st.fixed_dictionaries({"at_least": st.sampled_from([5, 0.25, "2026-01-01"])}),
        st.fixed_dictionaries({"at_least": st.just(1), "at_most": st.sampled_from([5, 99.5])}),
        st.sampled_from(["filled", "empty"]).map(lambda state: {"state": state}),
    ),
)
OPEN = st.sampled_from([*HOURS, "did", "house:shop", "house:за городом"])
LIMITS = {"at_least": st.sampled_from([0, 5000, 99.5]), "below": st.sampled_from([1, 200000])}
OF_CLIENTS = {
    "tag": some(["vip", "оптовик"]),
    "debt": st.fixed_dictionaries({}, optional=LIMITS).filter(bool),
    "deal": DEAL,
    "field": FIELD,
    "task": some(["overdue", "today", "later", "open", "none"]),
}
WHEN = st.fixed_dictionaries(
    {},
    optional={
        "caller": some(["known", "contact", "company", "lead", "unknown", "withheld", "own"]),
        "lead_status": some(["open", "spam", "wrong_number"]),
        "manager": some([*STATES, "assigned"]),
        "deputy": some(STATES),
        "turnover": TURNOVER,
        "band": some(["wholesale", "розница", "none"]),
        **OF_CLIENTS,
        "did": some(["+74951112233", "600", "84951112234"]),
        "open": OPEN,
        "closed": OPEN,
        "last_operator_days": st.integers(1, 30),
        "missed_today": st.booleans(),
        "number_begins": some(["+7", "+7916", "+62"]),
        "country": some(["RU", "UA", "ID"]),
        "number_kind": some(["mobile", "fixed", "either", "free", "premium", "other"]),
        "on_list": st.sampled_from([*LISTS]),
        "trunk": some(["PJSIP/trunk", "SIP/gw-1"]),
        "language": some(["ru", "uk", "en", "id"]),
        "menu": some(["1", "sales", "*9"]),
        "keyed": some(["order", "client_number", "nothing"]),
    },
)
GUARD = st.fixed_dictionaries({}, optional={"if_manager": some(STATES)})
GROUP = st.fixed_dictionaries(
    {"seconds": st.integers(1, 3600)},
    optional={
        "how": st.sampled_from(["ring_all", "round_robin", "least_recent", "fewest_calls"]),
        "at_most": st.integers(1, 10),
        "prefer": st.sampled_from(["last_operator", "nobody"]),
    },
)
PEOPLE = st.one_of(
    st.just({"to": "assigned_manager", "seconds": 9}),
    st.just({"to": "deputy", "seconds": 9}),
    st.builds(lambda days: {"to": "last_operator", "seconds": 9, "within_days": days}, st.integers(1, 99)),
    st.builds(lambda group: {"to": "team", "team": "оптовый отдел", **group}, GROUP),
    st.builds(
        lambda group, level: {"to": "skill", "skill": "english", "at_least": level, **group},
        GROUP,
        st.integers(1, 10),
    ),
    st.just({"to": "announce", "prompt": "custom/closed"}),
)
LAST = st.one_of(
    st.builds(
        lambda priority: {"to": "queue", "queue": "default", "seconds": 60, "priority": priority},
        st.integers(0, 100),
    ),
    st.just({"to": "number", "number": "+74951234567", "seconds": 30}),
    st.just({"to": "voicemail", "mailbox": "default", "seconds": 60}),
    st.builds(
        lambda seconds: {"to": "callback", "prompt": "custom/press-1", "seconds": seconds}, st.integers(1, 30)
    ),
)
GUARDED = st.builds(lambda step, guard: step | guard, PEOPLE | LAST, GUARD)
STEPS = st.builds(lambda steps, last: [*steps, last], st.lists(GUARDED, max_size=4), LAST)

ASKED = st.fixed_dictionaries(
    {},
    optional={
        "caller": some(["contact", "company", "lead"]),
        "source": some(["call", "hand", "import", "api"]),
        "turnover": TURNOVER,
        "band": some(["wholesale", "none"]),
        **OF_CLIENTS,
        "did": some(["+74951112233", "600"]),
        "language": some(["ru", "uk"]),
        "last_operator_days": st.integers(1, 30),
        "number_begins": some(["+7", "+7916", "+62"]),
        "country": some(["RU", "UA", "ID"]),
        "number_kind": some(["mobile", "fixed"]),
        "on_list": st.sampled_from([*LISTS]),
    },
)
HEIRS = st.sampled_from(
    [
        {"to": "first_talk"},
        {"to": "nobody"},
        {"to": "person", "login": "anna"},
        {"to": "team", "team": "оптовый отдел"},
        {"to": "team", "team": "retail", "how": "round_robin"},
    ]
)
SWITCHED = st.sampled_from([{}, {"off": True}])


@st.composite
def bodies(draw):
    conditions = draw(st.lists(WHEN.filter(bool), max_size=4))
    rules = [
        {"id": f"rule-{at}", "when": when, "step": draw(STEPS)} | draw(SWITCHED)
        for at, when in enumerate(conditions)
    ]
    return {
        "no_answer_seconds": draw(st.integers(0, 99)),
        **TABLES,
        "rule": [*rules, {"id": "rest", "step": draw(STEPS)}],
        "assign": [
            {"id": f"assign-{at}", "when": draw(ASKED), **heir} | draw(SWITCHED)
            for at, heir in enumerate(draw(st.lists(HEIRS, max_size=3)))
        ],
    }


NAMES = ["Anna", "Борис Волков", "clara"]
MOMENTS = ["2026-11-27T19:05:00+03:00", "2026-03-29T01:30:00+00:00", "2026-11-27T19:05:31+07:00"]
PERSON = st.sampled_from(STATES[:-1]) | st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(STATES[:-1]),
        "turn": st.integers(0, 9),
        "talks_today": st.integers(0, 9),
        "last_talk_at": st.sampled_from(MOMENTS),
        "phone": st.booleans(),
    },
)
OPEN_DEAL = st.fixed_dictionaries(
    {"stage": st.sampled_from(["new", "offer", "own-stage"])},
    optional={"amount": st.sampled_from([0, 120000, 99.5]), "currency": st.just("USD")},
)
EXPECT = st.fixed_dictionaries(
    {},
    optional={
        "rule": st.just("rest"),
        "steps": st.lists(st.sampled_from(["Anna + clara", "queue default"]), min_size=1, unique=True),
        "assign": st.just("none"),
    },
).filter(bool)
TEST = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["friday", "тест №1"]),
        "at": st.sampled_from(MOMENTS),
        "caller": st.sampled_from(["contact", "unknown"]),
        "expect": EXPECT,
    },
    optional={
        "number": st.sampled_from(NUMBERS),
        "did": st.sampled_from(["+74951112233", "600"]),
        "deals": st.lists(OPEN_DEAL, max_size=3),
        "tasks": st.lists(st.sampled_from(["overdue", "today", "later"]), unique=True),
        "manager": st.sampled_from(NAMES),
        "deputy": st.sampled_from(NAMES),
        "last_operator": st.sampled_from(NAMES),
        "last_talk_at": st.sampled_from(MOMENTS),
        "missed_at": st.sampled_from(MOMENTS),
        "lead_status": st.just("open"),
        "source": st.just("api"),
        "trunk": st.just("PJSIP/trunk"),
        "language": st.just("ru"),
        "menu": st.just("sales"),
        "order_number": st.just("A-1"),
        "client_number": st.just("77"),
        "band": st.just("опт"),
        "tags": st.lists(st.sampled_from(["vip", "debtor"]), unique=True),
        "debt": st.integers(0, 9999) | st.just(12.5),
        "turnover": st.dictionaries(
            st.sampled_from([window.value for window in Window]), st.integers(-5, 10**6)
        ),
        "people": st.dictionaries(st.sampled_from(NAMES), PERSON),
        "teams": st.dictionaries(st.sampled_from(["retail"]), st.lists(st.sampled_from(NAMES), unique=True)),
        "open": st.dictionaries(st.sampled_from(["did", "house:shop"]), st.booleans()),
        "logins": st.dictionaries(st.sampled_from(["anna"]), st.sampled_from(NAMES)),
    },
)
