# SPDX-License-Identifier: Apache-2.0
"""The forms of a page as a browser would send them, and where its links lead."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

_CHOSEN = {"checkbox", "radio"}


@dataclass
class Form:
    """`fields` as they would be sent, a name perhaps several times; `spare`: names that a tick would send."""

    action: str
    fields: list[list[str]] = field(default_factory=list)
    spare: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.fields} | self.spare.keys()


class Page(HTMLParser):
    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.links: set[str] = set()
        self._form: Form | None = None
        self._field: list[str] | None = None  # a select's or a textarea's, while it is read
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and said.get("href"):
            self.links.add(urljoin(self.address, said["href"]))
        elif tag == "form":
            self._form = Form(urljoin(self.address, said.get("hx-post") or said.get("action") or ""))
            if "hx-post" in said or said.get("method", "").lower() == "post":
                self.forms.append(self._form)
        elif tag == "option" and self._tag == "select":
            if "selected" in said or not self._field[1]:
                self._field[1] = said.get("value", "")
        elif self._form and "name" in said and "disabled" not in said:
            self._take(tag, said["name"], said)

    def _take(self, tag, name, said):
        kind = said.get("type", "")
        if tag == "button" or (kind in _CHOSEN and "checked" not in said):
            self._form.spare.setdefault(name, said.get("value", "on"))
        elif tag == "input":
            self._form.fields.append([name, said.get("value", "")])
        elif tag in {"select", "textarea"}:
            self._tag, self._field = tag, [name, ""]
            self._form.fields.append(self._field)

    def handle_data(self, data):
        if self._tag == "textarea":
            self._field[1] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == self._tag:
            self._tag, self._field = "", None
