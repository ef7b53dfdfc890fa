# SPDX-License-Identifier: Apache-2.0
"""What is wrong with rules, in words: the texts of the domain's errors, named here for translation."""

from collections.abc import Mapping
from typing import Final

from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.reading import RuleSetError, dotted
from web.i18n.l10n import L10n
from web.rule_findings import flaw_words
from web.words import N_

TEXTS: Final = frozenset(
    {
        N_("a table is wanted here"),
        N_("is missing"),
        N_("is missing (%(what)s)"),
        N_("%(what)s is wanted, not %(value)r"),
        N_("%(what)s, or a list of them, is wanted, not %(value)r"),
        N_("a whole number from %(low)s to %(high)s is wanted, not %(value)r"),
        N_("one of %(known)s is wanted, not %(value)r"),
        N_("one or some of %(known)s are wanted, not %(value)r"),
        N_("true or false is wanted, not %(value)r"),
        N_("[[...]] tables are wanted here"),
        N_("is not known here (known: %(known)s)"),
        N_("these rules are of format %(said)r; this Rolodial reads %(reads)s"),
        N_("there are no rules: at least one [[rule]] without conditions is wanted"),
        N_("%(name)r stands twice"),
        N_("%(name)r has no conditions, so the rules after it are never reached"),
        N_("the last rule must have no conditions, so that every call goes somewhere"),
        N_("the last rule cannot be switched off"),
        N_("is no condition (known: %(known)s)"),
        N_("no [hours.NAME] stands in this file (else: did, house:NAME)"),
        N_("at_least or below is wanted"),
        N_("of who has no open deal neither stage nor sum can be asked"),
        N_("an amount in %(currency)s is wanted, not %(value)r"),
        N_("no [lists.NAME] stands in this file"),
        N_("no [skills.NAME] stands in this file"),
        N_("not a time zone (as Europe/Moscow): %(value)r"),
        N_("one of is, state, or at_least and at_most is wanted"),
        N_("a number, or a day as 2026-11-30, is wanted, not %(value)r"),
        N_('a list of spans is wanted, as ["09:00-18:00"]'),
        N_("a span is wanted, as 09:00-18:00, not %(value)r"),
        N_('a list of days is wanted, as ["2026-05-01", "01-07"]'),
        N_("a day is wanted, as 2026-05-01 or 05-01, not %(value)r"),
        N_("is missing: every rule needs at least one [[rule.step]]"),
        N_("the last step must be a queue, a number, voicemail or callback: people may all be away"),
        N_("the last step is for everybody: else a call might have no step at all"),
        N_("not a telephone number: %(value)r"),
        N_("a rule, steps or an assign are wanted"),
        N_("is asked of by [[assign]] only: a call always comes by a call"),
        N_("is not known of a new client (known: %(known)s)"),
        N_("only one of %(known)s has a manager"),
        N_("a time with its offset is wanted, as 2026-11-27T19:05:00+03:00, not %(value)r"),
        N_('a list of texts is wanted, as ["Anna", "queue default"], not %(value)r'),
        N_("the rules are longer than %(most)s characters"),
        N_("not TOML: %(error)s"),
        N_("the test %(name)r fails"),
        "%(finding)s",
    }
)
WHATS: Final = frozenset(
    {
        N_("a number of ours"),
        N_("a choice of the menu (a key, or a name the dialplan gives it)"),
        N_("a tag of clients"),
        N_("a field of contacts or companies (as contact.segment)"),
        N_("a value of the field"),
        N_("a stage of deals"),
        N_("a currency (as EUR)"),
        N_("the id of an [[assign]]"),
        N_("the login of a person"),
        N_("the beginning of a number (as +7495)"),
        N_("a device calls come in by (as PJSIP/trunk)"),
        N_("a language (as ru)"),
        N_("a turnover band"),
        N_("a name of small letters, digits, - and _"),
        N_("the name of a team"),
        N_("the name of a queue"),
        N_("a telephone number"),
        N_("the name of a mailbox"),
        N_("a sound of the PBX (as custom/closed)"),
        N_("a text"),
        N_("a name"),
        N_("a time zone (as Europe/Moscow)"),
        N_("the id of a rule"),
        N_("what is tested"),
    }
)
# Who fills in a form, or looks at a card, sees no file and none of its words.
SEEN: Final = {
    "is missing": N_("this is needed"),
    "a rule, steps or an assign are wanted": N_("say what is expected: which rule, or which steps"),
    "is missing (%(what)s)": N_("this is needed: %(what)s"),
    "at_least or below is wanted": N_("an amount is needed: from which, below which, or both"),
    "of who has no open deal neither stage nor sum can be asked": N_(
        "who has no open deal has no stage and no amount: leave them empty"
    ),
    "one of is, state, or at_least and at_most is wanted": N_(
        "say one thing of it: a value, a limit or two, or whether anything is in it"
    ),
    "no [hours.NAME] stands in this file (else: did, house:NAME)": N_(
        "there are no such opening hours any more"
    ),
    "no [lists.NAME] stands in this file": N_("there is no such list any more"),
    "no [skills.NAME] stands in this file": N_("there is no such skill any more"),
    "is missing: every rule needs at least one [[rule.step]]": N_(
        "a step is needed: whom to ring, or where the call waits"
    ),
}


def error_words(error: RuleSetError, l10n: L10n) -> str:
    """What is wrong; where, the screen says by its place."""
    return _said(error, SEEN.get(error.text, error.text), l10n)


def _said(error: RuleSetError, text: str, l10n: L10n) -> str:
    return l10n.gettext(text, **{key: _word(key, value, l10n) for key, value in error.params.items()})


_MISSING: Final = "this is needed"


def still_missing(errors: Mapping[str, RuleSetError], labels: Mapping[str, str]) -> list[str]:
    """What the fields are called that are only empty as yet: nobody who has just begun did anything wrong."""
    return [labels[name] for name, error in errors.items() if error.text == _MISSING and labels.get(name)]


def labelled(errors: Mapping[str, RuleSetError], labels: Mapping[str, str], l10n: L10n) -> list[str]:
    """Those of a form, each with its field's name: 'Ring for: a whole number is needed'; not what is missing."""
    words = {
        name: error_words(error, l10n)
        for name, error in errors.items()
        if error.text != _MISSING or not labels.get(name)
    }
    said = [f"{labels[name]}: {text}" if labels.get(name) else text for name, text in words.items()]
    return list(dict.fromkeys(said))


def placed_words(error: RuleSetError, l10n: L10n) -> str:
    """With the path in the text, and in its words: 'rule.1.step.1.seconds: is missing'."""
    words = _said(error, error.text, l10n)
    if any(isinstance(one, Finding) for one in error.params.values()) or error.path == ("test",):
        return words  # which say where it is
    return f"{dotted(error.path)}: {words}" if error.path else words


def words_there(error: RuleSetError, l10n: L10n) -> str:
    """Where one sees which rule or table it is: 'step 1, seconds: is missing'."""
    match error.path:
        case ("rule" | "assign" | "test" | "hours" | "lists" | "skills", _, *rest):
            pass
        case _:
            return placed_words(error, l10n)
    if rest[:1] == ["step"] and len(rest) > 1:
        rest = [l10n.gettext(N_("step %(number)s"), number=int(rest[1]) + 1), *rest[2:]]
    where = ", ".join(str(one) for one in rest if one not in {"when", "to", "id", "name"})
    words = error_words(error, l10n)
    return f"{where}: {words}" if where else words


def _word(key: str, value: object, l10n: L10n) -> object:
    if isinstance(value, Finding):
        return flaw_words(value, l10n)
    return l10n.gettext(value) if key == "what" and isinstance(value, str) else value
