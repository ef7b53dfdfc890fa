// SPDX-License-Identifier: Apache-2.0
// What stands on a person's screen, as a fold over frames: the same as crm_core/domain/workspace.py.

const MAX_CARDS = 8;
const MAX_RECENT = 6;
const WAITING = new Set(["next", "offered", "ringing"]);
const CALL_STATES = new Set(["ringing", "talking", "held", "ended"]);
const TOLD_BY_CALL = ["extension", "answered_at", "disposition", "talk_s", "direction", "number", "ended_at"];
const TOLD_BY_CLIENT = ["client", "turnover", "manager", "last_operator", "sharers"];

export function apply(state, frame) {
  const change = CHANGES[frame.type];
  return change ? change(state, frame.data, frame.seq) : state;
}

function pop(state, data, seq) {
  if (!data.call_id) return state;
  let card = state.cards[data.call_id];
  if (!card || card.state === "ended") card = newCard(data.call_id, seq);
  const asked = data.stage === "next" ? "next" : "offered";
  const now = card.state === "next" || card.state === "offered" ? asked : card.state;
  return withCard(state, { ...card, pop: data, state: now, direction: data.direction ?? "inbound" });
}

function raised(state, data, seq) {
  if (!isMine(state, data)) return state;
  const card = state.cards[data.call_id] ?? newCard(data.call_id, seq);
  return WAITING.has(card.state) ? withCard(state, { ...card, state: "ringing" }) : state;
}

function closed(state, data, seq) {
  const card = isMine(state, data) ? state.cards[data.call_id] : undefined;
  if (!card) return state;
  const told = { reason: data.reason ?? null, by: data.by ?? null };
  if (WAITING.has(card.state)) return toRecent(state, { ...card, ...told }, seq);
  return withCard(state, { ...card, ...told, state: "ended" });
}

function dismissed(state, data) {
  return { ...state, cards: without(state.cards, data.call_id) };
}

// Somebody said who of several it is.
function client(state, data) {
  const card = isMine(state, data) ? state.cards[data.call_id] : undefined;
  if (!card?.pop) return state;
  const told = Object.fromEntries(TOLD_BY_CLIENT.filter((key) => key in data).map((key) => [key, data[key]]));
  return withCard(state, { ...card, pop: { ...card.pop, ...told } });
}

function call(state, data, seq) {
  if (!isMine(state, data)) return state;
  let card = state.cards[data.call_id];
  if (!CALL_STATES.has(data.state) || (!card && data.state === "ended")) return state;
  card ??= newCard(data.call_id, seq);
  const told = Object.fromEntries(TOLD_BY_CALL.filter((key) => key in data).map((key) => [key, data[key]]));
  if (data.state === "ended" && WAITING.has(card.state)) {
    return toRecent(state, { ...card, ...told, reason: data.disposition ?? null }, seq);
  }
  return withCard(state, { ...card, ...told, state: data.state });
}

function recording(state, data) {
  const card = isMine(state, data) ? state.cards[data.call_id] : undefined;
  return card ? withCard(state, { ...card, paused_at: data.paused_at ?? null }) : state;
}

const TOLD_OF_OPERATORS = ["state", "reason", "since", "source", "until"];
function operator(state, data) {
  if (!data.user_id) return state;
  const kept = Object.fromEntries(TOLD_OF_OPERATORS.map((key) => [key, data[key] ?? null]));
  return { ...state, operators: { ...state.operators, [data.user_id]: kept } };
}

function phone(state, data) {
  if (!data.user_id || !data.device) return state;
  const devices = { ...state.phones[data.user_id], [data.device]: data.state ?? null };
  return { ...state, phones: { ...state.phones, [data.user_id]: devices } };
}

function pbx(state, data) {
  if (!data.name) return state;
  const kept = { state: data.state ?? null, detail: data.detail ?? null, alone: data.alone ?? false };
  return { ...state, pbx: { ...state.pbx, [data.name]: kept } };
}

const CHANGES = {
  "pop": pop,
  "pop.raised": raised,
  "pop.closed": closed,
  "pop.dismissed": dismissed,
  "pop.client": client,
  "call": call,
  "call.recording": recording,
  "operator": operator,
  "phone": phone,
  "pbx": pbx,
};

function isMine(state, data) {
  return Boolean(data.call_id) && (data.user_id == null || data.user_id === state.me);
}

function newCard(callId, seq) {
  return { call_id: callId, opened: seq, state: "offered", pop: null, direction: "inbound" };
}

function withCard(state, card) {
  const cards = { ...state.cards, [card.call_id]: card };
  const all = Object.values(cards);
  if (all.length > MAX_CARDS) {
    const key = (one) => [one.state !== "ended" ? 1 : 0, one.opened];
    const oldest = all.reduce((a, b) => (key(b)[0] - key(a)[0] || key(b)[1] - key(a)[1]) < 0 ? b : a);
    delete cards[oldest.call_id];
  }
  return { ...state, cards };
}

function toRecent(state, card, seq) {
  const others = state.recent.filter((one) => one.call_id !== card.call_id);
  const recent = [{ ...card, closed: seq }, ...others].slice(0, MAX_RECENT);
  return { ...state, cards: without(state.cards, card.call_id), recent };
}

function without(cards, callId) {
  const rest = { ...cards };
  delete rest[callId];
  return rest;
}
