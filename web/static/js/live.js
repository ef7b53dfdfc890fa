// SPDX-License-Identifier: Apache-2.0
// The live part of every page: the connection, acknowledgements, and what is said when something rings.
import { gettext as _ } from "./i18n.js";
import { Alerts, incoming } from "./live_alerts.js";
import { Leader } from "./live_leader.js";
import { LiveSocket } from "./live_socket.js";
import { clientName, phone } from "./live_words.js";

export const live = new LiveSocket("/live");
const alerts = new Alerts(new Leader());
const said = document.querySelector("#live-said");
const banner = document.querySelector("#live-link");
const RINGS = new Set(["offered", "ringing"]);
const DOWN_SHOWN_AFTER_MS = 1200; // a restart of the server is over before

// --- acknowledgements: painted is what a visible tab has shown, two animation frames after the card was put there
function acknowledge(pop) {
  if (document.hidden) return live.say({ type: "ack", pop, state: "received" });
  let answered = false;
  const answer = (state) => {
    if (!answered) live.say({ type: "ack", pop, state });
    answered = true;
  };
  requestAnimationFrame(() => requestAnimationFrame(() => answer("painted")));
  const hidden = () => document.hidden && answer("received");
  document.addEventListener("visibilitychange", hidden, { once: true });
  return undefined;
}

const sayVisible = () => live.say({ type: "visible", visible: !document.hidden });
document.addEventListener("visibilitychange", sayVisible);

live.addEventListener("probe", ({ detail }) => acknowledge(detail.id));

// --- what rings
const describe = (card) => {
  const pop = card.pop ?? { number: card.number };
  const company = pop.client?.company?.name;
  const number = phone(pop.client?.number ?? card.number);
  return { call_id: card.call_id, name: clientName(pop), detail: [company, number].filter(Boolean).join(" · ") };
};
let ringing = new Set();

live.addEventListener("state", ({ detail: { state, frame } }) => {
  const calls = Object.values(state.cards).filter((card) => RINGS.has(card.state) && card.direction === "inbound");
  alerts.show(calls.map(describe));
  const fresh = calls.filter((card) => !ringing.has(card.call_id)).map(describe);
  ringing = new Set(calls.map((card) => card.call_id));
  for (const call of fresh) {
    alerts.ring(call);
    said.textContent = [incoming(call.name), call.detail].filter(Boolean).join(", ");
  }
  if (frame.type === "pop") acknowledge(frame.data.pop);
  // Lists of them read themselves again; with a snapshot, too, for what came to pass while nobody told of it.
  if (frame.type === "missed" || frame.type === "snapshot") document.body.dispatchEvent(new Event("rolodial:missed"));
});

// --- the connection
let down = 0;
live.addEventListener("link", ({ detail }) => {
  clearTimeout(down);
  document.documentElement.dataset.live = detail.up ? "up" : "down";
  if (detail.up) {
    banner.hidden = true;
    sayVisible();
  } else {
    down = setTimeout(() => {
      banner.querySelector("span").textContent = _("No connection. What you see may be old; calls go on by your phone. Trying again …");
      banner.hidden = false;
    }, DOWN_SHOWN_AFTER_MS);
  }
});
live.addEventListener("over", () => {
  document.documentElement.dataset.live = "over";
  banner.querySelector("span").textContent = _("You are logged out.");
  banner.querySelector("a").hidden = false;
  banner.hidden = false;
});

// Cyrillic letters before a name needs them: those that come after the card move what stands below.
addEventListener("load", () => document.fonts.load("1em 'Inter Variable'", "Я"));

// After all modules of the page, so that nobody misses the first snapshot.
document.addEventListener("DOMContentLoaded", () => live.start());
