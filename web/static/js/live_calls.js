// SPDX-License-Identifier: Apache-2.0
// What is known of a call's card, in words: for the workspace's card, its strips and the dock.
import { gettext as _ } from "./i18n.js";
import { clientName, clock, phone } from "./live_words.js";

const ORDER = ["talking", "held", "ringing", "offered", "ended", "next"];

// The one that matters most first: who talks, who rings, what is to be written down, who may come.
export function byWeight(cards) {
  return Object.values(cards).sort(
    (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.opened - a.opened,
  );
}

export const nameOf = (card) => clientName({ client: card.pop?.client, number: card.number, direction: card.direction });

export function under(card) {
  const client = card.pop?.client;
  return [client?.company?.name, client?.name ? phone(client.number ?? card.number) : ""].filter(Boolean).join(" · ");
}

export function stateText(card) {
  const outbound = card.direction === "outbound";
  switch (card.state) {
    case "next":
      return _("May ring next");
    case "offered":
      return outbound ? _("Your phone rings: pick it up") : _("Incoming call");
    case "ringing":
      return outbound ? _("Calling") : _("Incoming call");
    case "talking":
      return _("Talking");
    case "held":
      return _("On hold");
    default:
      return _("Call ended");
  }
}

// Where the client's page is; a caller nobody knows gets a lead when the call is written down.
export function address(card) {
  const client = card.pop?.client;
  const places = { contact: "contacts", company: "companies", lead: "leads" };
  return client?.id && places[client.kind] ? `/${places[client.kind]}/${client.id}` : null;
}

// The clock of a card: ring time, then talk time; how long it was is told with the outcome.
export function clockText(card, now) {
  if (card.state === "ended") return "";
  const since = card.state === "talking" || card.state === "held" ? card.answered_at : card.pop?.at;
  return since && card.state !== "next" ? clock((now - Date.parse(since)) / 1000) : "";
}
