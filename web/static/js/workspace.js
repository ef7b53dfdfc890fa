// SPDX-License-Identifier: Apache-2.0
// The workspace: one card that matters, the others as strips, my phone, the team, keys.
import { gettext as _ } from "./i18n.js";
import { actionOf } from "./keys.js";
import { live } from "./live.js";
import { askToNotify, canNotify, sound } from "./live_alerts.js";
import { address, byWeight, clockText, nameOf, stateText, under } from "./live_calls.js";
import { fromTemplate, initials, part, put } from "./live_dom.js";
import { placeCall } from "./live_placed.js";
import { closed, operatorState, phoneState } from "./live_words.js";
import { CallCard } from "./workspace_card.js";

const desk = document.querySelector("#desk");
const stage = document.querySelector("#stage");
const empty = document.querySelector("#stage-empty");
const strips = document.querySelector("#strips");
const cards = new Map(); // call id -> CallCard, kept while the call is on the screen
let chosen = null; // a strip that was clicked comes to the front until something rings
let front = null;

function draw(frame) {
  const { state } = live;
  const calls = byWeight(state.cards);
  const rings = frame.type === "pop" && frame.data.stage !== "next";
  if (rings || !state.cards[chosen]) chosen = null;
  for (const id of cards.keys()) if (!state.cards[id]) cards.delete(id);
  drawStage(calls.find((call) => call.call_id === chosen) ?? calls.find((call) => call.state !== "next"));
  drawStrips(calls.filter((call) => call.call_id !== front?.callId));
  drawRecent(state.recent);
  drawPhone(state);
  drawTeam(state);
}

function drawStage(call) {
  empty.hidden = Boolean(call);
  if (!call) {
    front?.root.remove();
    front = null;
    drawEmpty();
    return;
  }
  if (!cards.has(call.call_id)) cards.set(call.call_id, new CallCard(call.call_id));
  const card = cards.get(call.call_id);
  if (card !== front) {
    front?.root.remove();
    stage.append(card.root);
    stage.scrollTop = 0; // who it is comes first, wherever the one before was read
    front = card;
  }
  card.draw(call);
}

function drawEmpty() {
  const { state } = live;
  const said = state.operators[state.me];
  const mine = said?.state ?? "offline";
  const phone = phoneState(state.phones[state.me]);
  const link = Object.entries(state.pbx).find(([, pbx]) => pbx.state !== "connected");
  let title = _("Waiting for a call");
  let text = _("The client's card appears here just before your phone rings.");
  if (link) {
    title = _("No connection to the telephone exchange");
    text = [link[0], link[1].detail].filter(Boolean).join(": ");
  } else if (Object.values(state.pbx).some((pbx) => pbx.alone)) {
    title = _("Calls are led without Rolodial");
    text = _("The telephone exchange does not get an answer from us and rings whom it last knew. Cards may come late.");
  } else if (!desk.dataset.extensions) {
    title = _("No phone yet");
    text = _("You have no extension, so calls cannot reach you. Ask an administrator for one.");
  } else if (mine !== "available") {
    const shown = operatorState(said);
    title = shown.text;
    text = shown.offShift
      ? _("Your working hours are over. Calls pass you by until they begin again, or you say that you are available.")
      : _("Calls pass you by until you are available.");
  } else if (phone.tone === "bad") {
    title = _("Your phone is not connected");
    text = _("Switch it on and register it as %(extension)s; calls go to colleagues meanwhile.", { extension: desk.dataset.extensions });
  }
  put(empty, { title, text });
  part(empty, "go").hidden = mine === "available" || !desk.dataset.extensions;
  empty.dataset.tone = mine === "available" && !link && phone.tone !== "bad" ? "good" : "";
}

function drawStrips(calls) {
  const boxes = calls.map((call) => {
    const box = fromTemplate("live-strip");
    box.dataset.call = call.call_id;
    box.dataset.state = call.state;
    put(box, { initials: initials(call.pop?.client?.name), name: nameOf(call), under: under(call), state: stateText(call), clock: clockText(call, live.now()) });
    return box;
  });
  strips.replaceChildren(...boxes);
}

function drawRecent(recent) {
  document.querySelector("#recent-empty").hidden = recent.length > 0;
  const rows = recent.map((call) => {
    const row = fromTemplate("live-recent");
    put(row, { initials: initials(call.pop?.client?.name), name: nameOf(call), reason: [closed(call), call.pop?.client?.company?.name].filter(Boolean).join(" · ") });
    const page = address(call);
    if (page) part(row, "name").href = page;
    return row;
  });
  document.querySelector("#recent").replaceChildren(...rows);
}

function drawPhone(state) {
  const { tone, text } = phoneState(state.phones[state.me]);
  const place = document.querySelector("#my-phone");
  part(place, "dot").className = `dot dot-${tone}`;
  put(place, { text });
}

function drawTeam(state) {
  for (const row of document.querySelectorAll("[data-person]")) {
    const said = state.operators[row.dataset.person] ?? { state: "offline" };
    const { tone, text, why } = operatorState(said);
    const phone = phoneState(state.phones[row.dataset.person]);
    const busy = phone.tone === "accent" || phone.state === "RINGING";
    const now = busy ? phone.text : text;
    const unreachable = said.state === "available" && phone.tone === "bad";
    row.dataset.tone = busy ? "accent" : unreachable ? "bad" : tone;
    part(row, "dot").className = `dot dot-${row.dataset.tone}`;
    put(row, { text: unreachable ? _("Phone not connected") : now });
    row.title = why;
  }
}

live.addEventListener("state", ({ detail }) => draw(detail.frame));
setInterval(() => {
  front?.tick();
  for (const box of strips.children) put(box, { clock: clockText(live.state.cards[box.dataset.call], live.now()) });
}, 500);

// --- clicks and keys
strips.addEventListener("click", (event) => {
  const box = event.target.closest("[data-call]");
  if (!box) return;
  chosen = box.dataset.call;
  draw({ type: "chosen" });
});
stage.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-do]");
  const action = asked?.dataset.do;
  if (action === "choose") front.choose(asked.dataset);
  if (action === "hang-up") front.hangUp();
  if (action === "dismiss") front.done();
  if (action === "pause-recording") front.switchRecording("pause");
  if (action === "resume-recording") front.switchRecording("resume");
});

const KEYS = {
  open: () => part(front.root, "open").click(),
  note: () => front.form.elements.note.focus(),
  done: () => front.card.state === "ended" && front.done(),
  hang_up: () => ["talking", "held"].includes(front.card.state) && front.hangUp(),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form === front?.form) front?.form.requestSubmit();
  const action = actionOf(event);
  if (action === "dial") {
    event.preventDefault();
    document.querySelector("#dial-number")?.focus();
  } else if (front && KEYS[action]) {
    event.preventDefault();
    KEYS[action]();
  }
});

// --- dialling: what becomes of it is told by the card
document.querySelector("#dial")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  const number = form.elements.number.value;
  button.disabled = true;
  if ((await placeCall(number)) && form.elements.number.value === number) form.reset(); // not the next one, typed meanwhile
  button.disabled = false;
});

// --- when it rings
const loud = document.querySelector("#sound");
loud.checked = sound.on;
loud.addEventListener("change", () => (sound.on = loud.checked));
const notify = document.querySelector("#notify");
notify.hidden = !canNotify();
notify.addEventListener("click", async () => {
  await askToNotify();
  notify.hidden = !canNotify();
});
