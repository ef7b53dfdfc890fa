# SPDX-License-Identifier: Apache-2.0
"""Whose calls, recordings and notes: every object by every role, and nothing of the house's secrets on any page."""

from html.parser import HTMLParser

import pytest

from tests.integration.web.test_security import filled, routes

# Who may go into a call that Boris had, and one that Anna had; supervisors and admins into all.
MAY = {"anna": {"of anna"}, "boris": {"of boris"}, "clara": set(), "sofia": {"of anna", "of boris"}}
MAY["admin"] = MAY["sofia"]


@pytest.mark.parametrize("login", MAY)
async def test_every_object_of_a_call_by_every_role(site, login):
    history = site.history
    stranger = await history.contact("Nobody's Client", "+79165550001")
    for name, by in (("of anna", "anna"), ("of boris", "boris")):
        history.calls[name] = await history.call(
            f"{name}, matrix",
            number="+79165550001",
            owner=stranger,
            by=by,
            minutes_ago=3,
            talk=9,
            note="matrix",
        )
    who = await site.browser(login)
    for name in ("of anna", "of boris"):
        call = history.calls[name].id
        expected = 200 if name in MAY[login] else 404
        for path in (
            f"/calls/{call}",
            f"/calls/{call}/why",
            f"/communications/{call}",
            f"/communications/{call}/edit",
        ):
            assert (await who.get(path)).status == expected, (login, name, path)
        assert (await who.post(f"/communications/{call}", {"note": "mine"})).status == expected
        assert (str(call) in await who.text("/calls?number=9165550001")) == (expected == 200)


@pytest.mark.parametrize("login", MAY)
async def test_every_recording_by_every_role(site, login):
    who, heard = await site.browser(login), set()
    for call_id, recording in site.history.recorded.items():
        allowed = (await who.get(f"/calls/{call_id}")).status == 200
        status = (await who.get(f"/recordings/{recording.id}/audio")).status
        assert allowed or status == 404, (login, call_id)
        if status == 200:
            heard.add(recording.id)
    assert heard or login == "clara"


@pytest.mark.parametrize(
    "wanted", ["..%2f..%2fetc%2fpasswd", "%00", "%2fetc%2fpasswd", "....//", "x.opus", "%2e%2e", "*"]
)
async def test_a_recording_is_named_by_its_id_and_nothing_else(site, wanted):
    from yarl import URL

    sofia = await site.browser("sofia")
    assert (await sofia.get(URL(f"/recordings/{wanted}/audio", encoded=True))).status == 404


class Found(HTMLParser):
    """What a browser would make of a page: no element and no handler of an attacker's."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign = []

    def handle_starttag(self, tag, attrs):
        bad = [name for name, _ in attrs if name.startswith("on") or "evil" in name]
        links = [value for name, value in attrs if name in {"href", "src", "action"} and value]
        if tag in {"evil", "iframe", "object", "base", "marquee"} or bad:
            self.foreign.append((tag, attrs))
        if any(value.strip().lower().startswith(("javascript:", "data:", "vbscript:")) for value in links):
            self.foreign.append((tag, attrs))


def payloads():
    starts = [
        "",
        '"',
        "'",
        "`",
        '">',
        "'>",
        "-->",
        "</script>",
        "</title>",
        "</textarea>",
        "]]>",
        "&quot;>",
        "\\x3c",
    ]
    bodies = [
        "<evil>",
        "<evil onload=x>",
        " onfocus=evil ",
        "javascript:evil",
        "{{evil}}",
        "{%evil%}",
        "<!--<evil>",
    ]
    bodies += ["＜evil＞", "<svg/onload=evil>", "&lt;evil&gt;", "<\u0131frame>", "<evil/x='", "\u202e<evil>"]
    return [start + body for start in starts for body in bodies]


async def test_hundreds_of_hostile_names_are_only_text(site):
    history, sofia = site.history, await site.browser("sofia")
    contacts = [
        await history.contact(name, f"+7916777{n:04}", note=name) for n, name in enumerate(payloads())
    ]
    for contact, name in list(zip(contacts, payloads(), strict=True))[::4]:
        await history.call(
            "x", number="+79167770000", owner=contact, minutes_ago=1, caller_name=name, note=name
        )
    pages = [f"/contacts/{contact.id}" for contact in contacts[::16]]
    pages += ["/calls", "/leads", "/", "/search?q=evil", "/search?for=lead&of=%22%3E%3Cevil%3E&q=evil"]
    pages += [f"/search?q=%22%3E%3Cevil%3E&lead={n}" for n in range(2)]
    for path in pages:
        page = Found()
        page.feed(await sofia.text(path))
        assert not page.foreign, (path, page.foreign[:3])


async def test_no_page_says_a_secret(site):
    """Hashes of passwords and sessions, and tokens: on no page of anybody's."""
    admin = await site.browser("admin")
    async with site.store.read() as tx:
        secret = [await tx.people.password_hash(user.id) for user in site.history.users.values()]
        sessions = await tx.sessions.of_user(site.history.users["admin"].id, site.history.now)
    secret += [each.id_hash for each in sessions] + [admin.session_id, admin.csrf]
    for method, path, access in routes(site.app):
        if method == "GET" and access.role and "audio" not in path:
            text = await (await admin.get(filled(path, site))).text()
            assert not [one for one in secret if one in text], path
