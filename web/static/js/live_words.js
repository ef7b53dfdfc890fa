// SPDX-License-Identifier: Apache-2.0
// What the codes of frames are called in the reader's language, and how numbers and times are written.
import { gettext as _, locale, ngettext } from "./i18n.js";

const formats = new Map(); // a format takes milliseconds to make, and the card is waited for
function money(currency, whole) {
  const key = `${currency} ${whole}`;
  const digits = whole ? 0 : 2;
  const options = { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: digits, maximumFractionDigits: digits };
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale, options));
  return formats.get(key);
}
// The zone of the pages, not of the desk: one call must not have two times on one screen.
const timeZone = document.documentElement.dataset.zone || undefined;
const time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", timeZone });
const day = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { day: "numeric", month: "short", timeZone });

export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const pad = (n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h ? `${h}:${pad(m)}:${pad(s % 60)}` : `${m}:${pad(s % 60)}`;
}

export function sum({ amount, currency }) {
  return money(currency, Number.isInteger(Number(amount))).format(amount);
}

export function when(iso) {
  const at = new Date(iso);
  const today = day.format(new Date()) === day.format(at);
  return today ? time.format(at) : `${day.format(at)}, ${time.format(at)}`;
}

// Country codes of one and two digits; all others have three.
const COUNTRY = /^\+([17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d{7,})$/;

// '+79161000001' as people write it; other countries in threes, at the end in fours where threes do not come out even.
export function phone(e164) {
  const [, country, digits] = COUNTRY.exec(e164 ?? "") ?? [];
  if (!digits) return e164 ?? "";
  if (country === "7" && digits.length === 10) return `+7 ${digits.replace(/^(...)(...)(..)(..)$/, "$1 $2-$3-$4")}`;
  const fours = 4 * (digits.length % 3);
  const split = digits.length - fours;
  const groups = [...(digits.slice(0, split).match(/.../g) ?? []), ...(digits.slice(split).match(/..../g) ?? [])];
  return `+${country} ${groups.join(" ")}`;
}

export function clientName({ client, number, direction }) {
  if (client?.name) return client.name;
  if (client?.kind === "withheld") return _("Number withheld");
  return phone(client?.number ?? number) || (direction === "outbound" ? _("Outgoing call") : _("Unknown caller"));
}

const KINDS = {
  contact: () => "",
  company: () => _("Company"),
  lead: () => _("Lead"),
  shared: () => _("One of several"),
  unknown: () => _("New number"),
  withheld: () => _("Number withheld"),
};
export const kind = (code) => (KINDS[code] ?? (() => ""))();

const WINDOWS = {
  "30d": () => _("in 30 days"),
  "this_month": () => _("this month"),
  "last_month": () => _("last month"),
  "larger_month": () => _("this or last month"),
  "12m": () => _("in 12 months"),
  "all": () => _("in all"),
};
export const turnoverWindow = (code) => (WINDOWS[code] ?? (() => ""))();

// The codes of crm_core/domain/routing. A code that is not here says nothing on the card; the trace has it all.
const WHY = {
  assigned_manager: ({ likeliest }) => (likeliest ? _("You are the manager of %(name)s", { name: likeliest }) : _("You are their manager")),
  last_operator: ({ at }) => (at ? _("You spoke with them last, %(when)s", { when: when(at) }) : _("You spoke with them last")),
  team: ({ team }) => _("%(team)s team", { team: title(team) }),
  turnover_at_least: (said) => _("turnover is %(limit)s or more", limits(said)),
  turnover_below: (said) => _("turnover is below %(limit)s", limits(said)),
  band: ({ band }) => _("turnover band: %(band)s", { band }),
  tag: ({ tag }) => _("tag %(tag)s", { tag }),
  debt_at_least: (said) => _("owes %(limit)s or more", limits(said)),
  manager_none: () => _("no manager assigned"),
  manager_on_call: ({ name }) => _("their manager %(name)s is on a call", { name }),
  manager_paused: ({ name, detail }) =>
    detail === "state meeting" ? _("their manager %(name)s is in a meeting", { name }) : _("their manager %(name)s is on a break", { name }),
  manager_offline: ({ name, detail }) =>
    detail?.startsWith("off shift") ? _("their manager %(name)s is off shift", { name }) : _("their manager %(name)s is offline", { name }),
  manager_no_answer: ({ name }) => _("their manager %(name)s did not answer", { name }),
  caller_shared: () => _("a number that several clients have"),
  caller_unknown: () => _("a number nobody knows yet"),
  caller_withheld: () => _("the number is withheld"),
  caller_lead: () => _("an open lead"),
  did: ({ did }) => _("called %(number)s", { number: phone(did) }),
  closed: () => _("outside opening hours"),
  talked_recently: ({ days }) => ngettext("spoke with us within %(num)d day", "spoke with us within %(num)d days", days),
  never_talked: () => _("never spoke with us"),
};
const title = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");
const limits = ({ limit, currency }) => ({ limit: sum({ amount: limit, currency }) });
const reason = ({ code, params }, likeliest) => (WHY[code] ?? (() => ""))({ ...params, likeliest });

// Why it may be this one of those who share a number.
const SHARER_WHY = {
  sharer_talked: ({ at }) => _("talked with us %(when)s", { when: when(at) }),
  sharer_talked_long_ago: ({ at }) => _("talked with us %(when)s", { when: when(at) }),
  sharer_deal: () => _("has an open deal"),
  sharer_bought: ({ amount, currency, window }) => `${sum({ amount, currency })} ${turnoverWindow(window)}`,
  sharer_first_number: () => _("their first number"),
};
export const sharerWhy = (reasons) => reasons.map(({ code, params }) => SHARER_WHY[code]?.(params)).filter(Boolean).join(" · ");

// 'Wholesale team: turnover is 200 000 ₽ or more': what chose this person, and the first thing that led there.
// `likeliest`: by whom a call was led whose number several have.
export function why(reasons, likeliest) {
  const [first, second] = reasons.map((one) => reason(one, likeliest)).filter(Boolean);
  if (!first) return "";
  const text = second && !SAYS_ALL.has(reasons[0].code) ? _("%(first)s: %(second)s", { first, second }) : first;
  return text[0].toUpperCase() + text.slice(1);
}
const SAYS_ALL = new Set(["assigned_manager", "last_operator"]);

const CLOSED = {
  answered_elsewhere: ({ by }) => (by ? _("Answered by %(name)s", { name: by }) : _("Answered by a colleague")),
  caller_left: () => _("The caller hung up"),
  cancelled: ({ direction }) => (direction === "outbound" ? _("Cancelled") : _("The caller hung up")),
  abandoned: () => _("The caller hung up"),
  no_answer: () => _("Not answered"),
  transferred: ({ by }) => (by ? _("Handed over to %(name)s", { name: by }) : _("Handed over")),
  rejected: () => _("Rejected"),
  busy: () => _("Busy"),
  failed: () => _("The call failed"),
  voicemail: () => _("Went to voicemail"),
  answered: () => _("Answered"),
};
export const closed = (card) => (CLOSED[card.reason] ?? CLOSED[card.disposition] ?? (card.talk_s ? CLOSED.answered : () => _("Over")))(card);

// 'Answered · talked 0:18'
export const outcome = (card) => [closed(card), card.talk_s ? _("talked %(time)s", { time: clock(card.talk_s) }) : ""].filter(Boolean).join(" · ");

export const from = ({ name, talk_s: talk }) =>
  name ? _("From %(name)s, talked %(time)s", { name, time: clock(talk ?? 0) }) : _("Handed over, talked %(time)s", { time: clock(talk ?? 0) });

const PHONES = {
  NOT_INUSE: ["good", () => _("Ready")],
  RINGING: ["accent", () => _("Ringing")],
  INUSE: ["accent", () => _("In a call")],
  RINGINUSE: ["accent", () => _("In a call, ringing")],
  ONHOLD: ["accent", () => _("On hold")],
  BUSY: ["accent", () => _("Busy")],
  UNAVAILABLE: ["bad", () => _("Not connected")],
  INVALID: ["bad", () => _("Not set up at the exchange")],
  UNKNOWN: ["", () => _("State not known yet")],
};
export function phoneState(devices) {
  // A person with several phones is as reachable as the best of them, and as busy as the busiest.
  const order = ["RINGING", "RINGINUSE", "INUSE", "ONHOLD", "BUSY", "NOT_INUSE", "UNKNOWN", "UNAVAILABLE", "INVALID"];
  const state = order.find((one) => Object.values(devices ?? {}).includes(one));
  if (!state) return { state: null, tone: "", text: "" };
  const [tone, text] = PHONES[state];
  return { state, tone, text: text() };
}

const STATES = {
  available: ["good", () => _("Available")],
  paused: ["warn", () => _("Paused")],
  meeting: ["warn", () => _("In a meeting")],
  wrap_up: ["warn", () => _("Wrapping up")],
  offline: ["", () => _("Offline")],
};
// Who said so: nothing is said of who did it on a screen, as most do.
const SOURCES = {
  phone: ({ at }) => _("said on the phone, %(when)s", { when: at }),
  schedule: ({ at, state }) =>
    state === "available" ? _("working hours began, %(when)s", { when: at }) : _("working hours ended, %(when)s", { when: at }),
};
/** How somebody's state is shown: `short` is what there is room for in a button, `why` who said so and when. */
export function operatorState(said) {
  const { state, reason, source, since, until } = said ?? {};
  const [tone, plain] = STATES[state] ?? STATES.offline;
  const offShift = state === "offline" && source === "schedule";
  const short = offShift ? _("Off shift") : state === "paused" && reason ? pauseReason(reason) : plain();
  const text = offShift && until ? _("Off shift until %(when)s", { when: when(until) }) : short;
  const why = since && SOURCES[source] ? SOURCES[source]({ at: when(since), state }) : "";
  return { tone, text, short, why, offShift };
}

const REASONS = {
  lunch: () => _("Lunch"),
  break: () => _("Break"),
  training: () => _("Training"),
  other_work: () => _("Other work"),
};
/** The house's own words stand in the menu of states; a reason that is offered no more has the built-in ones or its code. */
export function pauseReason(code) {
  const offered = globalThis.document?.querySelector(`#my-status [data-reason="${CSS.escape(code ?? "")}"] .grow`);
  return offered?.textContent ?? (REASONS[code] ?? (() => code ?? ""))();
}

export const others = (n) => ngettext("and %(num)d more call", "and %(num)d more calls", n);
