// SPDX-License-Identifier: Apache-2.0
// The card of a call: who it is, why it is yours, what was said before, and what is to be written down.
import { gettext as _ } from "./i18n.js";
import { live } from "./live.js";
import { address, clockText, nameOf, stateText } from "./live_calls.js";
import { fromTemplate, initials, part, post, put, tell, whyNot } from "./live_dom.js";
import { clock, from, kind, outcome, phone, sharerWhy, sum, turnoverWindow, when, why } from "./live_words.js";

const CAN_NOTE = new Set(["talking", "held", "ended"]);
const TALKS = new Set(["talking", "held"]);
const draftKey = (callId) => `rolodial-note-${callId}`;

/** The company of a person, and the group that turnover and band are of. */
function companyOf(client) {
  const { name, group } = client?.company ?? {};
  return [name === client?.name ? "" : name, group].filter(Boolean).join(" · ");
}

export class CallCard {
  constructor(callId) {
    this.callId = callId;
    this.root = fromTemplate("live-card");
    this.root.dataset.call = callId;
    this.form = part(this.root, "note-form");
    this.#keepDraft();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
  }

  draw(card) {
    this.card = card;
    const { root } = this;
    const client = card.pop?.client;
    root.dataset.state = card.state;
    root.dataset.direction = card.direction;
    put(root, {
      state: stateText(card),
      outcome: card.state === "ended" ? outcome(card) : "",
      from: card.pop?.from ? from(card.pop.from) : "",
      did: card.pop?.did ? _("to %(number)s", { number: phone(card.pop.did) }) : "",
      initials: initials(client?.name),
      name: nameOf(card),
      kind: client?.number || card.direction === "inbound" ? kind(client?.kind ?? "unknown") : "",
      company: companyOf(client),
      number: client?.name ? phone(client.number ?? card.number) : "",
      sum: card.pop?.turnover ? sum(card.pop.turnover) : "",
      window: card.pop?.turnover ? turnoverWindow(card.pop.turnover.window) : "",
      manager: this.#managerText(card.pop?.manager),
      why: why(card.pop?.why ?? [], card.pop?.sharers?.[0]?.name),
      last: this.#lastText(card.pop?.last_operator),
    });
    part(root, "why-row").hidden = !card.pop?.why?.length;
    this.#drawSharers(card);
    this.#drawButtons(card);
    this.#drawBefore(card);
    this.tick();
  }

  tick() {
    const paused = this.card.paused_at && clock((live.now() - Date.parse(this.card.paused_at)) / 1000);
    put(this.root, {
      clock: clockText(this.card, live.now()),
      paused: paused ? _("Not recorded for %(time)s", { time: paused }) : "",
    });
  }

  #managerText(manager) {
    if (!manager) return part(this.root, "manager").dataset.none;
    return manager.id === live.state.me ? [manager.name, _("you")].join(" · ") : manager.name;
  }

  // 'Anna, 3 Mar, 14:05'
  #lastText(last) {
    if (!last) return part(this.root, "last").dataset.none;
    return last.at ? `${last.name}, ${when(last.at)}` : last.name;
  }

  // Who it may be: to be chosen once somebody talks, for then there is a talk to be theirs.
  #drawSharers(card) {
    const sharers = card.pop?.sharers ?? [];
    part(this.root, "sharers-row").hidden = !sharers.length;
    const rows = sharers.map(({ kind: of, id, name, company, reasons }) => {
      const row = fromTemplate("live-sharer");
      Object.assign(row.dataset, { kind: of, id });
      row.disabled = !CAN_NOTE.has(card.state);
      put(row, { initials: initials(name), name: [name, company].filter(Boolean).join(", "), reasons: sharerWhy(reasons) });
      return row;
    });
    part(this.root, "sharers").replaceChildren(...rows);
  }

  async choose({ kind: of, id }) {
    const answer = await post(`/workspace/whose/${this.callId}`, { [of]: id }).catch(() => null);
    if (!answer?.ok) tell((await whyNot(answer)) || _("It could not be said who it is. Try again."), "danger");
  }

  #drawButtons(card) {
    const page = address(card);
    const open = part(this.root, "open");
    open.hidden = !page;
    if (page) open.href = part(this.root, "name").href = page;
    const talks = TALKS.has(card.state);
    const ended = card.state === "ended";
    const paused = talks && Boolean(card.paused_at);
    this.#drawButton("hang-up", { hidden: ended, disabled: !talks });
    this.#drawButton("pause-recording", { hidden: ended || paused, disabled: !talks });
    this.#drawButton("dismiss", { hidden: !ended });
    part(this.root, "paused-row").hidden = !paused;
    this.form.inert = !CAN_NOTE.has(card.state);
    part(this.root, "save").disabled = !ended;
  }

  // What is disabled comes with the talk: on a phone it has its place already, elsewhere it is not shown yet.
  #drawButton(action, properties) {
    Object.assign(this.root.querySelector(`[data-do="${action}"]`), properties);
  }

  // What was said before comes from the server once the card stands: the head never waits for it.
  // An answer that comes while another card is at the front has no place to go to: it is asked for again.
  #drawBefore(card) {
    const client = card.pop?.client;
    if (!client?.id || this.beforeOf === client.id) return;
    this.beforeOf = client.id;
    const place = part(this.root, "before");
    place.replaceChildren();
    const answered = htmx.ajax("GET", `/workspace/before/${client.kind}/${client.id}?but=${this.callId}`, { source: place, target: place, swap: "innerHTML" });
    answered.finally(() => {
      if (this.beforeOf === client.id && !place.firstElementChild) this.beforeOf = null;
    });
  }

  // A draft outlives a reload and a new snapshot; it goes when the note is saved.
  #keepDraft() {
    const kept = JSON.parse(sessionStorage.getItem(draftKey(this.callId)) ?? "null");
    if (kept) {
      this.form.elements.note.value = kept.note ?? "";
      if (kept.result) this.form.elements.result.value = kept.result;
    }
    this.form.addEventListener("input", () => {
      sessionStorage.setItem(draftKey(this.callId), JSON.stringify(Object.fromEntries(new FormData(this.form))));
      put(this.root, { saved: this.card.state === "ended" ? "" : _("Kept here until the call ends") });
    });
  }

  get hasDraft() {
    return sessionStorage.getItem(draftKey(this.callId)) !== null;
  }

  async save() {
    const values = Object.fromEntries(new FormData(this.form));
    const answer = await post(`/workspace/note/${this.callId}`, values).catch(() => null);
    if (answer?.ok) this.#forget(values);
    else if (answer) tell((await whyNot(answer)) || _("The note could not be saved. It is kept here."), "danger");
    else tell(_("The server cannot be reached. Your note is kept here."), "danger");
    return Boolean(answer?.ok);
  }

  // What was typed while it was saved is still to be saved.
  #forget(saved) {
    if (sessionStorage.getItem(draftKey(this.callId)) === JSON.stringify(saved)) sessionStorage.removeItem(draftKey(this.callId));
    put(this.root, { saved: this.hasDraft ? "" : _("Saved") });
  }

  async hangUp() {
    const answer = await post(`/calls/${this.callId}/hang-up`).catch(() => null);
    if (!answer?.ok) tell((await whyNot(answer)) || _("The call could not be ended from here."), "danger");
  }

  // Card data: the PBX goes on and writes silence. What came of it is told by a frame.
  async switchRecording(wanted) {
    const answer = await post(`/calls/${this.callId}/recording`, { do: wanted }).catch(() => null);
    if (!answer?.ok) tell((await whyNot(answer)) || _("The recording could not be switched from here."), "danger");
  }

  async done() {
    while (this.hasDraft) {
      if (!(await this.save())) return;
    }
    live.say({ type: "dismiss", call_id: this.callId });
  }
}
