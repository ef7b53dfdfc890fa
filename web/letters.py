# SPDX-License-Identifier: Apache-2.0
"""Letters and push messages in the reader's language: a subject, a text and a simple page of each template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from crm_core.domain.balance import FindingKind
from crm_core.domain.directory import Directory
from crm_core.domain.mail import Letter, Mail, MailTemplate
from crm_core.ports.clock import Clock
from web.balance_words import KINDS
from web.i18n.catalogues import catalogues
from web.i18n.l10n import L10n
from web.render import ROOT


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """`public_url` begins the links to our own pages; without one there are none."""

    directory: Directory  # knows the house's zone and region, as they are now
    company: str
    default_locale: str
    public_url: str
    clock: Clock

    def write(self, mail: Mail) -> Letter:
        l10n = self.reader(mail.locale, mail.zone)
        values = _REFINE.get(mail.template, _as_they_are)(mail.values, l10n)
        shown = {"l": l10n, "company": self.company, "public_url": self.public_url.rstrip("/"), **values}
        text = _environment(l10n.code).get_template(f"mail/{mail.template}.txt")
        html = _environment(l10n.code).get_template(f"mail/{mail.template}.html")
        subject, _, body = text.render(shown).strip().partition("\n")
        return Letter(subject, body.strip() + "\n", html.render(shown))

    def push(self, said: Mapping[str, Any]) -> dict[str, str]:
        """What the service worker shows: of a missed call, of a message left."""
        l10n = self.reader(said["locale"], said["zone"])
        who = said["name"] or l10n.phone(said["number"]) or l10n.gettext("Number withheld")
        return {
            "title": l10n.gettext("Message: %(who)s", who=who)
            if said.get("left_a_message")
            else l10n.gettext("Missed call: %(who)s", who=who),
            "body": " · ".join(
                part
                for part in (
                    l10n.phone(said["number"]) if said["name"] else "",
                    l10n.when(datetime.fromisoformat(said["at"])),
                )
                if part
            ),
            "url": said["url"],
            "tag": said["tag"],
        }

    def reader(self, locale: str | None, zone: str | None) -> L10n:
        code = locale if locale in catalogues() else self.default_locale
        return L10n(
            code=code or self.default_locale,
            translations=catalogues()[code or self.default_locale].translations,
            zone=ZoneInfo(zone or self.directory.zone),
            region=self.directory.region,
            now=self.clock(),
        )


def _as_they_are(values: Mapping[str, Any], _l10n: L10n) -> dict[str, Any]:
    return dict(values)


def _digest(values: Mapping[str, Any], l10n: L10n) -> dict[str, Any]:
    """Times come as JSON has them."""
    calls = [
        {
            **call,
            "who": call["name"] or l10n.phone(call["number"]) or l10n.gettext("Number withheld"),
            "number": l10n.phone(call["number"]) if call["name"] else "",
            "when": l10n.when(datetime.fromisoformat(call["at"])),
            "back": l10n.when(datetime.fromisoformat(call["called_back"])) if call["called_back"] else "",
        }
        for call in values["calls"]
    ]
    return {**values, "calls": calls}


def _balance(values: Mapping[str, Any], l10n: L10n) -> dict[str, Any]:
    kinds = [(l10n.gettext(KINDS[FindingKind(code)]), count) for code, count in values["kinds"].items()]
    return {**values, "kinds": kinds, "day_shown": l10n.on_day(date.fromisoformat(values["day"]))}


def _disk(values: Mapping[str, Any], l10n: L10n) -> dict[str, Any]:
    return {**values, "free": l10n.space(values["free"]), "least": l10n.space(values["least"])}


_REFINE: dict[MailTemplate, Callable[[Mapping[str, Any], L10n], dict[str, Any]]] = {
    MailTemplate.MISSED_DIGEST: _digest,
    MailTemplate.BALANCE_OPEN: _balance,
    MailTemplate.DISK_LOW: _disk,
}


@cache
def _environment(code: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.install_gettext_translations(catalogues()[code].translations, newstyle=True)  # type: ignore[attr-defined]
    return environment
