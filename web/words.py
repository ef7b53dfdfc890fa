# SPDX-License-Identifier: Apache-2.0
"""What the codes of the domain are called, in the reader's language."""
# longer: the vocabulary of the product stands in one place.

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel.numbers import format_decimal

from crm_core.domain.call import Direction, Disposition
from crm_core.domain.call_history import CallRow
from crm_core.domain.choice import BUILT_IN, Choice, ChoiceKind
from crm_core.domain.client_field import FieldKind
from crm_core.domain.directory.people import OFF_SHIFT
from crm_core.domain.task import Task
from web.i18n.l10n import L10n


def N_(text: str) -> str:  # noqa: N802 - gettext's customary name: found by the extraction, translated when shown
    return text


DISPOSITIONS: Final = {
    "answered": N_("Answered"),
    "voicemail": N_("Voicemail"),
    "abandoned": N_("Hung up while waiting"),
    "cancelled": N_("Hung up while ringing"),
    "busy": N_("Busy"),
    "rejected": N_("Rejected"),
    "no_answer": N_("No answer"),
    "failed": N_("Failed"),
}
FIELD_KINDS: Final = {  # of clients
    "text": N_("Text"),
    "choice": N_("Choice"),
    "number": N_("Number"),
    "date": N_("Date"),
    "yes_no": N_("Yes or no"),
}
FIELD_OF: Final = {
    "contact": N_("contact field “%(label)s”"),
    "company": N_("company field “%(label)s”"),
}
YES_NO: Final = {"yes": N_("yes"), "no": N_("no")}
DIRECTIONS: Final = {
    "inbound": N_("Incoming"),
    "outbound": N_("Outgoing"),
    "internal": N_("Internal"),
}
WINDOWS: Final = {
    "30d": N_("30 days"),
    "this_month": N_("This month"),
    "last_month": N_("Last month"),
    "larger_month": N_("Best of two months"),
    "12m": N_("12 months"),
    "all": N_("All time"),
}
LEADS: Final = {
    "open": N_("Open"),
    "completed": N_("Became a contact"),
    "merged": N_("Joined to a contact"),
    "not_client": N_("Not a client"),
    "wrong_number": N_("Wrong number"),
    "spam": N_("Spam"),
}
RESULTS: Final = {
    "settled": N_("Settled"),
    "question": N_("Question answered"),
    "order": N_("Order placed"),
    "interest": N_("Interested, wants an offer"),
    "complaint": N_("Complaint"),
    "call_back": N_("Call back later"),
    "no_interest": N_("No interest"),
    "refused": N_("Refused"),
    "other": N_("Something else"),
}
PAUSES: Final = {
    "lunch": N_("Lunch"),
    "break": N_("Break"),
    "training": N_("Training"),
    "other_work": N_("Other work"),
}
STAGES: Final = {
    "new": N_("Just begun"),
    "offer": N_("Offer made"),
    "negotiation": N_("Negotiation"),
    "contract": N_("Contract"),
}
DEALS: Final = {
    "open": N_("Open"),
    "won": N_("Won"),
    "lost": N_("Lost"),
}
# Of domain.task, filled there for programs and here for people.
TASKS: Final = (
    N_("Take over %(client)s from %(old)s: turnover band %(band)s"),
    N_("Get to know %(client)s, who had no manager: turnover band %(band)s"),
    N_("Hand %(client)s on to %(new)s: turnover band %(band)s"),
)
ORDERS: Final = {
    "new": N_("New"),
    "shipped": N_("Shipped"),
    "paid": N_("Paid"),
    "cancelled": N_("Cancelled"),
    "returned": N_("Returned"),
}
PHONES: Final = {
    "mobile": N_("Mobile"),
    "work": N_("Work"),
    "home": N_("Home"),
    "other": N_("Phone"),
}
LEGS: Final = {
    "operator": N_("Operator"),
    "external": N_("Outside"),
    "queue": N_("Queue"),
    "voicemail": N_("Voicemail"),
}
LEG_ENDS: Final = {
    "answered": N_("Talked"),
    "answered_elsewhere": N_("Answered elsewhere"),
    "no_answer": N_("No answer"),
    "busy": N_("Busy"),
    "rejected": N_("Rejected"),
    "cancelled": N_("Caller hung up"),
    "caller_left": N_("Caller hung up"),
    "transferred": N_("Transferred"),
    "unavailable": N_("Phone not reachable"),
    "failed": N_("Failed"),
    "hangup": N_("Hung up"),
}
HANGUPS: Final = {
    "caller": N_("The caller hung up"),
    "callee": N_("The called side hung up"),
    "system": N_("Ended by the system"),
}
LINKS: Final = {
    "connected": N_("Connected"),
    "connecting": N_("Connecting"),
    "disconnected": N_("No connection"),
    "refused": N_("Login refused"),
}
_WHY: Final = {
    "assigned_manager": N_("The assigned manager: %(name)s"),
    "last_operator": N_("Spoke with this client last: %(name)s"),
    "team": N_("Team “%(team)s”"),
    "queue": N_("Queue “%(name)s”"),
    "number": N_("Number %(name)s"),
    "voicemail": N_("Voicemail"),
    "announce": N_("Announcement %(name)s"),
    "callback": N_("Offer to call back, %(name)s"),
    "deputy": N_("Stands in for the manager: %(name)s"),
    "skill": N_("Skill “%(skill)s”, level %(level)s"),
    "caller_contact": N_("The caller is a known contact"),
    "caller_company": N_("The caller is a known company"),
    "caller_lead": N_("The caller is a lead"),
    "caller_shared": N_("Several clients have this number"),
    "caller_unknown": N_("The caller is not known"),
    "caller_withheld": N_("The number is withheld"),
    "caller_own": N_("It is a number of ours"),
    "source_call": N_("They came by a call"),
    "source_hand": N_("They were written down by hand"),
    "source_import": N_("They came from a file"),
    "source_api": N_("They came from a program"),
    "assign_person": N_("The rule names a person"),
    "assign_first_talk": N_("Talked with them first"),
    "assign_fewest": N_("Had the fewest clients of the team “%(team)s”: %(count)s"),
    "assign_turn": N_("Their turn in the team “%(team)s”"),
    "lead_status": N_("Lead: %(status)s"),
    "manager_none": N_("No manager is assigned"),
    "manager_of_lead": N_("The caller is a lead, and its manager is %(name)s"),
    "manager_free": N_("The manager is free: %(name)s"),
    "manager_offline": N_("The manager is offline: %(name)s"),
    "manager_paused": N_("The manager is paused: %(name)s"),
    "manager_on_call": N_("The manager is on a call: %(name)s"),
    "manager_no_answer": N_("The manager did not answer just now: %(name)s"),
    "manager_away": N_("The manager is away: %(name)s"),
    "deputy_none": N_("Nobody stands in for the manager"),
    "deputy_free": N_("Who stands in is free: %(name)s"),
    "deputy_offline": N_("Who stands in is offline: %(name)s"),
    "deputy_paused": N_("Who stands in is paused: %(name)s"),
    "deputy_on_call": N_("Who stands in is on a call: %(name)s"),
    "deputy_no_answer": N_("Who stands in did not answer just now: %(name)s"),
    "deputy_away": N_("Who stands in is away too: %(name)s"),
    "missed_today": N_("They called earlier today, and nobody has talked with them since"),
    "not_missed_today": N_("No call of theirs was missed today"),
    "no_number": N_("The caller has no number"),
    "number_begins": N_("The number begins as asked: %(number)s"),
    "number_begins_not": N_("The number begins otherwise: %(number)s"),
    "country": N_("The number is of the country %(country)s"),
    "country_unknown": N_("The number is of no country we know"),
    "number_kind_mobile": N_("It is a mobile number"),
    "number_kind_fixed": N_("It is a fixed-line number"),
    "number_kind_either": N_("It is a mobile or a fixed-line number: this country does not tell"),
    "number_kind_free": N_("It is a toll-free number"),
    "number_kind_premium": N_("It is a premium-rate number"),
    "number_kind_other": N_("It is a number of another kind"),
    "on_list": N_("The number is on the list “%(list)s”"),
    "not_on_list": N_("The number is not on the list “%(list)s”"),
    "trunk": N_("The call came in by %(trunk)s"),
    "trunk_unknown": N_("What the call came in by is not known"),
    "language": N_("The caller's language is %(language)s"),
    "language_unknown": N_("The caller's language is not known"),
    "told_by_client_number": N_("Told by the client number they keyed in: %(number)s"),
    "menu": N_("They chose %(menu)s in the menu"),
    "menu_none": N_("They chose nothing in a menu"),
    "keyed_order": N_("They keyed in the order %(number)s"),
    "keyed_client_number": N_("They keyed in the client number %(number)s"),
    "keyed_nothing": N_("They keyed in no number"),
    "open_did": N_("The number they called is within its opening hours"),
    "closed_did": N_("The number they called is outside its opening hours"),
    "hours_unknown": N_("These opening hours are not known"),
    "turnover_at_least": N_("Turnover (%(window)s) %(amount)s is %(limit)s or more"),
    "turnover_below": N_("Turnover (%(window)s) %(amount)s is below %(limit)s"),
    "band": N_("Turnover band: %(band)s"),
    "tag": N_("The client has the tag %(tag)s"),
    "tag_not": N_("The client has not the tag %(tag)s"),
    "tag_unknown": N_("The client's tags were not looked at"),
    "field": N_("The %(field)s says %(value)s"),
    "field_empty": N_("The %(field)s is empty"),
    "field_unknown": N_("The %(field)s was not looked at"),
    "debt_at_least": N_("The client owes %(amount)s: %(limit)s or more"),
    "debt_below": N_("The client owes %(amount)s: less than %(limit)s"),
    "debt_unknown": N_("What the client owes was not looked at"),
    "deal": N_("The client has an open deal: %(stage)s, %(amount)s"),
    "deal_others": N_("None of the client's open deals is such"),
    "deal_none": N_("The client has no open deal"),
    "deal_unknown": N_("The client's deals were not looked at"),
    "task_overdue": N_("The client has an overdue task"),
    "task_today": N_("The client has a task for today"),
    "task_later": N_("The client has a task for later"),
    "task_none": N_("The client has no open task"),
    "task_unknown": N_("The client's tasks were not looked at"),
    "band_none": N_("No client, so in no turnover band"),
    "did": N_("They called %(did)s"),
    "open": N_("Within opening hours (%(hours)s)"),
    "closed": N_("Outside opening hours (%(hours)s)"),
    "never_talked": N_("Nobody of us has talked with them"),
    "talked_recently": N_("We talked within the last %(days)s days"),
    "talked_long_ago": N_("The last talk is long ago"),
    "rules_passed_over": N_("Rules that do not fit: %(count)s"),
    "rule_matched": N_("Rule “%(rule)s” fits"),
    "none": N_("nobody"),
    "offline": N_("offline"),
    "paused": N_("paused"),
    "on_call": N_("on a call"),
    "no_answer": N_("did not answer just now"),
    "away": N_("away"),
    "already_rung": N_("rung already"),
    "no_phone": N_("no phone"),
    "too_many": N_("enough phones ring"),
    "no_members": N_("nobody is in the team"),
}
_IN_A_MEETING: Final = {  # a pause to the rules, said more exactly
    "paused": N_("in a meeting"),
    "manager_paused": N_("The manager is in a meeting: %(name)s"),
    "deputy_paused": N_("Who stands in is in a meeting: %(name)s"),
}
_OFF_SHIFT: Final = {  # offline to the rules: their working hours are over
    "offline": N_("off shift"),
    "manager_offline": N_("The manager is off shift: %(name)s"),
    "deputy_offline": N_("Who stands in is off shift: %(name)s"),
}
_RULE_PASSED_OVER: Final = N_("Rule “%(rule)s” does not fit: %(because)s")
_PERSON_PASSED_OVER: Final = N_("Passed over: %(name)s, %(because)s")
_STEP_PASSED_OVER: Final = N_("Passed over: %(step)s, %(because)s")
_STEP_NOT_MEANT: Final = N_("Left out: %(step)s, %(because)s")
_STEP: Final = N_("Step %(step)s: %(what)s")
_STEPS: Final = {
    "assigned_manager": N_("assigned manager"),
    "last_operator": N_("last operator"),
    "team": N_("team"),
    "deputy": N_("deputy"),
    "skill": N_("skill"),
    "queue": N_("queue"),
    "number": N_("number"),
    "voicemail": N_("voicemail"),
    "announce": N_("announcement"),
    "callback": N_("offer to call back"),
}

# Said by the domain, which speaks English; toasts and error pages look them up here.
REFUSALS: Final = (
    N_("a company cannot belong to itself, nor to one that belongs to it"),
    N_("a group has five levels at most"),
    N_("there is no such company"),
    N_("there is nothing to take back"),
    N_("choose a file"),
    N_("a name of small Latin letters, digits, - and _ is needed"),
    N_("another sound has this name"),
    N_("there are 200 sounds already: remove one first"),
    N_("The rules of routing in force play this sound: change them first."),
    N_("This file is no sound that can be read. WAV, MP3, Ogg and FLAC can."),
    N_("This file is too large: 20 MB at most."),
    N_("This sound is too long: three minutes at most."),
    N_("There is next to nothing in this file: a third of a second at least."),
    N_("This sound is silent: nobody would hear anything."),
    N_("The sound could not be worked on just now. Nothing was changed; try again."),
    N_("This PBX is only watched: nothing is changed there."),
    N_("no rules decided about this call, so there is nothing to make a test of"),
    N_("the draft has tests that cannot be read"),
    N_("there are no such rules"),
    N_("there is no such rule in the draft"),
    N_("there is no such table in the draft"),
    N_("rules name it: take it out of them first"),
    N_("a time to come is needed, within a year"),
    N_("choose who is to get them"),
    N_("choose people who work here and are not away"),
    N_("choose how they are dealt out"),
    N_("choose what is to go to others"),
    N_("there is no such team"),
    N_("no rules in force say who becomes the manager"),
    N_("the rules say whose clients are, not whose deals"),
    N_("this lead has become a contact already"),
    N_("a contact needs a name"),
    N_("choose a contact"),
    N_("There is no such deal."),
    N_("a deal needs a title"),
    N_("a deal is with a contact or a company"),
    N_("the sum of a deal is not below 0"),
    N_("there is no such stage"),
    N_("There is no such task."),
    N_("say what is to be done"),
    N_("say by when it is to be done"),
    N_("there is no such result"),
    N_("this result needs a note"),
    N_("there is no such status"),
    N_("There is no such state."),
    N_("Only the demo clients can be made to call."),
    N_("there is no such call"),
    N_("This call is not recorded."),
    N_("Only who talks on a call can stop its recording."),
    N_("Somebody has settled this already."),
    N_("The PBX says that this call goes on. Hang up first."),
    N_("An explanation is needed."),
    N_("this is not a day"),
    N_("this day has not come yet"),
    N_("there is no such communication"),
    N_("there is no such company"),
    N_("there is no such contact"),
    N_("there is no such lead"),
    N_("there is no such recording"),
    N_("this recording has nothing to play"),
    N_("There is no such record."),
    N_("there is no such missed caller"),
    N_("Somebody else is calling them back already."),
    N_("This is settled already."),
    N_("Say why nobody will call back."),
    N_("Only what was given up can be opened again."),
    N_("You may not see or do this."),
    N_("Somebody else changed this in the meantime."),
    N_("The data given is not valid."),
    N_("This did not come from a page of ours. Reload the page and try again."),
    N_("A call of yours is being placed just now. Wait a moment before the next."),
    N_("Only who talks on a call can end it here."),
    N_("This call is over already."),
    N_("There is no such call now."),
    N_("The journal does not tell of this call: it is too old, or its day was forgotten."),
    N_("there is no such user"),
    N_("the reason is too long"),
    N_("a note or a result is too long or has control characters"),
    N_("the file of this recording is missing"),
    N_("the recording's file is gone"),
    N_("after: not a place in this list"),
    N_("a text is too long or has control characters"),
    N_("the form is not written in UTF-8"),
    N_("There is no such phone number."),
    N_("This is not a number that can be dialled."),
    N_("You have no phone of your own to call from. Ask an administrator for an extension."),
    N_("Your phone is not connected, so it cannot be rung. Nothing was dialled."),
    N_("The PBX cannot be reached just now. Nothing was dialled."),
    N_(
        "The link broke before the PBX confirmed: the call may or may not have been placed. It is not tried again."
    ),
    N_("A device is written as Asterisk does: PJSIP/101."),
    N_("A device needs an extension: calls go to the extension."),
    N_("An extension is of digits, * and #, as the phone dials it."),
    N_("Choose a colleague who works here."),
    N_("Rolodial makes no phones at this PBX."),
    N_("That is longer than three years."),
    N_("The last day is before the first."),
    N_("The settings changed since you looked at the differences. Look at them once more."),
    N_("There is no such absence."),
    N_("There is no such delivery any more."),
    N_("There is no such user."),
    N_("There is no such webhook."),
    N_("This is nobody's extension."),
    N_("This is not a time zone (as Europe/Moscow)."),
    N_("This is not an e-mail address."),
    N_("This is over already."),
    N_("This was done already."),
    N_("Set up the second step of your login first: it is required here."),
    N_("Set up your own second step first: then you know that it works here."),
    N_("another team has this name"),
    N_("other opening hours have this name"),
    N_("the rules of routing name this team: change them first"),
    N_("the rules of routing name these opening hours: change them first"),
    N_("people work by these hours: give them others first"),
    N_("There are no such working hours any more."),
    N_("the rules of routing name a band of before: change them first"),
    N_("the token would be over already"),
    N_("this state of the draft is not kept any more"),
    N_("there are as many webhooks as there may be: remove one first"),
    N_("there is no such token"),
    N_("this is not a telephone number"),
    N_("this is not a time"),
    N_("there is no such colleague"),
    N_("Choose a time within the next 60 days."),
    N_("This number is our own."),
    N_("this number stands in the register already"),
    N_("this stands in the list already"),
    N_("A login is of a-z, 0-9 and . _ @ -, and 64 characters at most."),
    N_("A name is needed."),
    N_("Somebody else has this now: take it from them first."),
    N_("The login is taken."),
    N_("There is an administrator already: log in."),
    N_("There is no such team any more."),
    N_("This is the only administrator: make somebody else one first."),
    N_("This link was used already, or it is too old. Ask for a new one."),
    N_("an Excel file holds a million rows: choose CSV, or narrow the list"),
    N_("somebody has worked on this contact since: it stays"),
    N_("that are too many views: remove one first"),
    N_("a whole number of days from 0 to 366 is wanted"),
    N_("that are too many rates"),
    N_("a rate is above 0"),
    N_("a band needs a name of 1 to 40 characters"),
    N_("two bands have the same name"),
    N_("that are too many bands"),
    N_("a band is left below a limit that is above 0 and not above the one to enter it"),
    N_("each band has higher limits than the one before it"),
    N_("the house's own currency needs no rate"),
    N_("there is no such format"),
    N_("there is no such list"),
    N_("a tag is of 40 characters at most"),
    N_("a client has 20 tags at most"),
    N_("there is no such field"),
    N_("a number is wanted, as 12.5"),
    N_("a number of 15 digits at most, 6 of them behind the point, is wanted"),
    N_("a day is wanted, as 2026-11-30"),
    N_("a choice has 80 characters at most, and no comma in it"),
    N_("a field has 100 choices at most"),
    N_("a text of 500 characters at most is wanted"),
    N_("this is none of its choices"),
    N_("yes or no is wanted"),
    N_("the rules of routing name this field: change them first"),
    N_("a key begins with a letter and has a-z, 0-9 and _, 40 characters at most"),
    N_("at least one choice is needed"),
    N_("another field has this key"),
    N_("another field has this name"),
    N_("there are 100 fields already: that are too many"),
    N_("clients have something in this field: its kind stays"),
    N_("a choice that is gone here is that of a client: it stays"),
    N_("this file is no longer there: files are kept for a day"),
)


# As the pages' scripts say them: web/static/js/live_words.js.
PHONE_STATES: Final = {
    "NOT_INUSE": N_("Ready"),
    "RINGING": N_("Ringing"),
    "INUSE": N_("In a call"),
    "RINGINUSE": N_("In a call, ringing"),
    "ONHOLD": N_("On hold"),
    "BUSY": N_("Busy"),
    "UNAVAILABLE": N_("Not connected"),
    "INVALID": N_("Not set up at the exchange"),
    "UNKNOWN": N_("State not known yet"),
    "": N_("State not known yet"),
}


class Words:
    """Templates call it `say`. A code nobody named is shown as it is: better than nothing, never wrong."""

    def __init__(self, l10n: L10n, choices: Collection[Choice] = BUILT_IN) -> None:
        self._l10n = l10n
        self._choices = choices

    def _in(self, names: Mapping[str, str], code: str | None) -> str:
        if code is None:
            return ""
        return self._l10n.gettext(names[code]) if code in names else code.replace("_", " ")

    def text(self, message: str) -> str:
        """A text that was marked for translation where it stands."""
        return self._l10n.gettext(message)

    def disposition(self, code: Disposition | None) -> str:
        return self._in(DISPOSITIONS, code) if code else self._l10n.gettext("Going on")

    def direction(self, code: Direction) -> str:
        return self._in(DIRECTIONS, code)

    def window(self, code: str) -> str:
        return self._in(WINDOWS, code)

    def lead(self, code: str) -> str:
        return self._in(LEADS, code)

    def result(self, code: str | None) -> str:
        return self._chosen(ChoiceKind.RESULT, RESULTS, code)

    def results(self) -> dict[str, str]:
        """Those that are offered."""
        return {one.code: self.result(one.code) for one in self._offered(ChoiceKind.RESULT)}

    def pause(self, code: str | None) -> str:
        return self._chosen(ChoiceKind.PAUSE, PAUSES, code)

    def pauses(self) -> dict[str, str]:
        """Those that are offered."""
        return {one.code: self.pause(one.code) for one in self._offered(ChoiceKind.PAUSE)}

    def stage(self, code: str | None) -> str:
        return self._chosen(ChoiceKind.STAGE, STAGES, code)

    def stages(self, also: str = "") -> dict[str, str]:
        """Those that are offered, and the one that a deal has."""
        offered = [one.code for one in self._offered(ChoiceKind.STAGE)]
        return {code: self.stage(code) for code in dict.fromkeys([*offered, *([also] if also else [])])}

    def deal(self, code: str) -> str:
        return self._in(DEALS, code)

    def task(self, task: Task) -> str:
        """What is to be done; a text of ours in the reader's language."""
        return self._l10n.gettext(task.text, **task.about) if task.about else task.text

    def _chosen(self, kind: ChoiceKind, built_in: Mapping[str, str], code: str | None) -> str:
        own = next((one.text for one in self._choices if (one.kind, one.code) == (kind, code)), None)
        return own or self._in(built_in, code)

    def _offered(self, kind: ChoiceKind) -> list[Choice]:
        return [one for one in self._choices if one.kind is kind and one.archived_at is None]

    def field(self, name: str) -> str:
        """As a sentence calls 'contact.segment'; one that is there no more, by its key."""
        of, _, key = name.partition(".")
        label = next((one.label for one in self._l10n.fields if one.name == name), key)
        return self._l10n.gettext(FIELD_OF[of], label=label) if of in FIELD_OF else name

    def own_fields(self, of: str, values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of a client: label and value of those that are filled, in the order of the house."""
        filled = dict(values)
        offered = [one for one in self._l10n.fields if one.of == of and one.archived_at is None]
        return [(one.label, self.value(one.kind, filled[one.key])) for one in offered if one.key in filled]

    def value_in(self, name: str, value: str) -> str:
        """In the sentence of a rule, or its trace: either may say what is there no more."""
        kind = next((one.kind for one in self._l10n.fields if one.name == name), None)
        try:
            return self.value(kind, value)
        except (ValueError, ArithmeticError):
            return value

    def value(self, kind: FieldKind | None, value: str) -> str:
        """What stands in a field of a client. None: nobody knows what kind of field it is."""
        match kind:
            case FieldKind.NUMBER:
                return format_decimal(Decimal(value), format="#,##0.######", locale=self._l10n.code)
            case FieldKind.DATE:
                return self._l10n.on_day(date.fromisoformat(value))
            case FieldKind.FLAG:
                return self._in(YES_NO, value)
            case _:
                return value

    def order(self, code: str) -> str:
        return self._in(ORDERS, code)

    def phone_kind(self, code: str) -> str:
        return self._in(PHONES, code)

    def phone_state(self, code: str) -> str:
        return self._in(PHONE_STATES, code)

    def leg(self, code: str) -> str:
        return self._in(LEGS, code)

    def leg_end(self, code: str | None) -> str:
        return self._in(LEG_ENDS, code)

    def answer(self, key: str) -> str:
        """Of a filter: what was pressed when a survey asked; '' for anything."""
        if not key:
            return self._l10n.gettext("Survey: any answer")
        return self._l10n.gettext("Survey: %(key)s", key=key)

    def hangup(self, code: str | None) -> str:
        return self._in(HANGUPS, code)

    def link(self, code: str) -> str:
        return self._in(LINKS, code)

    def call(self, call: CallRow) -> str:
        """What happened, in a few words: 'Missed, hung up while waiting', 'Answered', 'Outgoing, no answer'."""
        if call.missed and call.disposition is not Disposition.VOICEMAIL:
            return self._l10n.gettext("Missed call")
        if call.direction is Direction.INBOUND:
            return self._l10n.gettext("Incoming call")
        if call.direction is Direction.INTERNAL:
            return self._l10n.gettext("Internal call")
        return self._l10n.gettext("Outgoing call")

    def why(self, reason: Mapping[str, Any]) -> str:
        """One reason of a decision or one line of its trace."""
        code, params = str(reason["code"]), dict(reason.get("params") or {})
        if code == "rule_passed_over":
            because = self._reason(str(params.get("saw", "")), params)
            return self._l10n.gettext(_RULE_PASSED_OVER, rule=params.get("rule", ""), because=because)
        if code == "passed_over":
            return self._passed_over(params)
        if code == "step_not_meant":
            step = self._in(_STEPS, str(params.get("as", "")))
            because = self._reason(str(params.get("saw", "")), params)
            return self._l10n.gettext(_STEP_NOT_MEANT, step=step, because=because)
        if code.startswith("chosen_"):
            what = self._reason(code.removeprefix("chosen_"), params)
            return self._l10n.gettext(_STEP, step=params.get("step", ""), what=what)
        return self._reason(code, params)

    def _passed_over(self, params: dict[str, Any]) -> str:
        because = self._in(_said_of(params), str(params.get("reason", "")))
        if params.get("name"):
            return self._l10n.gettext(_PERSON_PASSED_OVER, name=params["name"], because=because)
        step = self._in(_STEPS, str(params.get("as", "")))
        return self._l10n.gettext(_STEP_PASSED_OVER, step=step, because=because)

    def _reason(self, code: str, params: Mapping[str, Any]) -> str:
        if code not in _WHY:
            return code.replace("_", " ")
        values = {name: self._param(name, value, params) for name, value in params.items()}
        try:
            return self._l10n.gettext(_said_of(params)[code], **values)
        except KeyError:  # kept by an older version, with other parameters
            return code.replace("_", " ")

    def _param(self, name: str, value: object, params: Mapping[str, Any]) -> str:
        text = str(value)
        if name == "value" and "field" in params:
            return self.value_in(str(params["field"]), text)
        if name in {"amount", "limit"} and params.get("currency"):
            try:
                return self._l10n.money(Decimal(text), str(params["currency"]))
            except InvalidOperation:
                return text
        return self._named(name, text)

    def _named(self, name: str, text: str) -> str:
        if name == "window":
            return self.window(text).lower()
        if name == "status":
            return self.lead(text).lower()
        if name == "stage":
            return self.stage(text)
        if name == "field":
            return self.field(text)
        return self._l10n.phone(text) if name in {"did", "number"} else text


def _said_of(params: Mapping[str, Any]) -> Mapping[str, str]:
    detail = str(params.get("detail") or "")
    if detail.startswith(OFF_SHIFT):
        return {**_WHY, **_OFF_SHIFT}
    return {**_WHY, **_IN_A_MEETING} if detail == "state meeting" else _WHY
