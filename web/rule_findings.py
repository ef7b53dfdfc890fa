# SPDX-License-Identifier: Apache-2.0
"""Flaws of a rule set in words."""

from typing import Final

from crm_core.domain.routing.finding import Finding
from web.i18n.l10n import L10n
from web.rule_tables import TABLES
from web.words import N_

FINDINGS: Final = {
    "no_such_team": N_("There is no team “%(team)s”"),
    "no_such_person": N_("Nobody has the login %(login)s"),
    "team_is_empty": N_("Nobody is in the team “%(team)s”"),
    "no_such_queue": N_("There is no queue “%(queue)s”"),
    "no_such_sound": N_("There is no sound “%(sound)s”, so callers hear nothing"),
    "no_such_mailbox": N_("There is no mailbox “%(mailbox)s”"),
    "no_such_login": N_("The skill “%(skill)s” names %(login)s, and nobody has this login"),
    "nobody_has_skill": N_("Nobody has the skill “%(skill)s” at this level"),
    "no_such_hours": N_("The settings have no opening hours “%(hours)s”"),
    "no_such_did": N_("%(did)s is not among our numbers"),
    "no_such_tag": N_("No client has the tag “%(tag)s”"),
    "no_such_field": N_("There is no field %(field)s, or it is archived"),
    "field_has_no_limits": N_("The field “%(field)s” knows no more and less: it is no number and no date"),
    "no_such_value": N_("The field “%(field)s” can never be “%(value)s”"),
    "no_such_band": N_("The settings have no turnover band “%(band)s”, so it holds for nobody"),
    "no_such_stage": N_("The settings have no stage of deals “%(stage)s”"),
    "no_such_currency": N_("There is no currency %(currency)s, so it holds for nobody"),
    "number_is_ours": N_(
        "%(number)s is a number of ours: the call would come in again and again, without end"
    ),
    "list_is_empty": N_("The list “%(list)s” is empty"),
    "hours_never_open": N_("The opening hours “%(hours)s” are never open"),
    "contradiction": N_(
        "This rule can never match: its conditions exclude each other (“%(one)s”, “%(other)s”)"
    ),
    "covered": N_("This rule can never match: “%(by)s” before it takes all these calls"),
    "covered_together": N_("This rule can never match: the rules before it take all these calls (%(by)s)"),
    "no_steps": N_("The rule has no steps"),
    "no_end": N_("The last step must be a queue, a number, voicemail or a callback, for every call"),
    "after_voicemail": N_("Nobody comes here: voicemail before it ends the call"),
    "step_never": N_("Nobody comes here: the rule itself excludes this state of the manager"),
    "no_manager_here": N_("The callers of this rule have no manager"),
    "first_talk_never": N_(
        "Nobody becomes the manager by this rule: when they are first talked with, they come by a call"
    ),
    "step_twice": N_("The same people again: nobody is rung twice by one call"),
    "rings_too_short": N_("%(seconds)s s is too short to pick up"),
    "rings_too_long": N_("%(seconds)s s is longer than people listen to a ringing tone"),
    "road_too_long": N_("The steps take %(seconds)s s in all"),
}
OF_ASSIGN: Final = {
    "covered": N_("This rule can never match: “%(by)s” before it takes everybody who fits it"),
    "covered_together": N_(
        "This rule can never match: the rules before it take everybody who fits it (%(by)s)"
    ),
}


def finding_words(finding: Finding, l10n: L10n) -> str:
    """What is wrong; where it is, is the finding's rule and step."""
    of_assign = OF_ASSIGN if finding.table == "assign" else {}
    text = of_assign.get(finding.code) or FINDINGS.get(finding.code)
    if text is None:
        return finding.code.replace("_", " ")
    params = finding.params
    if finding.code == "contradiction":
        params = {name: _condition(str(key), finding.table, l10n) for name, key in params.items()}
    numbers = {name: l10n.phone(str(params[name])) for name in ("did", "number") if name in params}
    return l10n.gettext(text, **{**params, **numbers})


def _condition(key: str, table: str, l10n: L10n) -> str:
    """As the form calls it."""
    entry = TABLES[table].conditions.get(key)
    return l10n.gettext(entry.label) if entry else key


def flaw_words(finding: Finding, l10n: L10n) -> str:
    """With its place: 'wholesale, step 2: There is no team ...'."""
    where = [finding.rule] if finding.rule else []
    if finding.rule and finding.table == "assign":
        where = [l10n.gettext(N_("manager by %(rule)s"), rule=finding.rule)]
    if finding.step:
        where.append(l10n.gettext(N_("step %(number)s"), number=finding.step))
    words = finding_words(finding, l10n)
    return f"{', '.join(where)}: {words}" if where else words
