# SPDX-License-Identifier: Apache-2.0
"""What the page before did, told on the next one: a code and an id in the address (`?said=`), never a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp import hdrs, web

from web.words import N_

_LONGEST: Final = 9  # digits of a number


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and the address whose POST takes back what was done."""

    text: str
    undo: str = ""


_KNOWN: Final[Mapping[str, Said]] = {
    "saved": Said(N_("Saved.")),
    "draft-saved": Said(N_("Saved to the draft."), "/settings/routing/draft/states/{}/undo"),
    "draft-back": Said(N_("Taken back.")),
    "contact-archived": Said(N_("Archived. Its numbers are nobody's now."), "/contacts/{}/restore"),
    "company-archived": Said(N_("Archived. Its numbers are nobody's now."), "/companies/{}/restore"),
    "restored": Said(N_("Restored.")),
    "deal-won": Said(N_("Won."), "/deals/{}/reopen"),
    "deal-lost": Said(N_("Lost."), "/deals/{}/reopen"),
    "deal-archived": Said(N_("Archived. It counts nowhere now."), "/deals/{}/restore"),
    "deal-open": Said(N_("The deal is open again.")),
    "task-set": Said(N_("The task is set.")),
    "task-done": Said(N_("Done."), "/tasks/{}/reopen"),
    "task-reopened": Said(N_("Taken back: it is still to be done.")),
    "lead-completed": Said(N_("The lead is a contact now."), "/leads/{}/reopen"),
    "lead-merged": Said(N_("The lead's calls and number are this contact's now."), "/leads/{}/reopen"),
    "lead-marked": Said(N_("Marked."), "/leads/{}/reopen"),
    "lead-reopened": Said(N_("Taken back: the lead is open again.")),
    "communication-moved": Said(N_("Moved to the other timeline."), "/communications/{}/move-back"),
    "communication-back": Said(N_("Taken back: it is where it was.")),
    "number-kept": Said(N_("The number is only theirs from now on."), "/numbers/{}/share-again"),
    "number-shared": Said(N_("Taken back: who had the number has it again.")),
    "callback-noted": Said(N_("Noted. They stand among those who wait for a call.")),
    "voicemail-given": Said(N_("Given. Whoever has it now is told.")),
    "voicemail-closed": Said(N_("Closed."), "/voicemail/{}/reopen"),
    "voicemail-reopened": Said(N_("The message is open again.")),
    "file-given": Said(N_("The file is this call's now. It is taken in within a minute.")),
    "looked-again": Said(N_("It is looked for again. If it comes, look through the day once more.")),
    "call-closed": Said(N_("The call is closed, and marked as uncertain.")),
    "cel-believed": Said(N_("Asterisk's word was taken.")),
    "explained": Said(N_("Explained.")),
    "rules-published": Said(N_("Published. Calls go by these rules from now on.")),
    "rules-scheduled": Said(N_("Scheduled. It comes into force at its time, by itself.")),
    "rule-as-text": Said(N_("This rule says something that only the text can show. Edit it there.")),
    "table-as-text": Said(N_("This says something that only the text can show. Edit it there.")),
    "test-made": Said(N_("The test is in the draft.")),
    "rules-cancelled": Said(N_("Cancelled. The rules in force stay.")),
    "missed-given-up": Said(N_("Given up: nobody will call back."), "/missed/{}/reopen"),
    "missed-reopened": Said(N_("Open again: somebody is to call back.")),
    "view-kept": Said(N_("The view is kept.")),
    "view-removed": Said(N_("The view is removed.")),
    "export-begun": Said(N_("The file is being written. It will be offered here.")),
}


def read(request: web.Request) -> Said | None:
    code, _, record = request.query.get("said", "").partition(".")
    known = _KNOWN.get(code)
    if known is None or not known.undo:
        return known
    try:
        return Said(known.text, known.undo.format(_record(record)))
    except ValueError:
        return None


def _record(text: str) -> UUID | int:
    """An id, or the number of a state of the draft."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else UUID(text)


def go(request: web.Request, address: str, code: str = "", record: object = "") -> web.Response:
    """To another page of ours, which says what was done; for a form and for htmx."""
    address, sharp, place = address.partition("#")
    if code:
        said = f"{code}.{record}" if record else code
        address += f"{'&' if '?' in address else '?'}said={said}"
    address += sharp + place
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Redirect": address})
    return web.Response(status=303, headers={hdrs.LOCATION: address})


def back(request: web.Request, otherwise: str) -> str:
    """The page that sent the form, if it was of ours: its path and query, without what was said before."""
    sent_by = urlsplit(request.headers.get(hdrs.REFERER, ""))
    if sent_by.netloc != request.host or not sent_by.path.startswith("/"):
        return otherwise
    kept = "&".join(part for part in sent_by.query.split("&") if part and not part.startswith("said="))
    return "/" + sent_by.path.lstrip("/\\") + (f"?{kept}" if kept else "")
