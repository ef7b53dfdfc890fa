// SPDX-License-Identifier: Apache-2.0
// The call that goes on, floating over the page without moving it: on the workspace only while its card is not in sight.
import { live } from "./live.js";
import { address, byWeight, clockText, nameOf, stateText, under } from "./live_calls.js";
import { fromTemplate, initials, part, put } from "./live_dom.js";
import { others, why } from "./live_words.js";

const dock = document.querySelector("#live-dock");
const stage = document.querySelector("#stage");
let seen = false; // the card itself

// Its top says who calls. Who writes in it sees it, even where a phone's keyboard has pushed its top away.
const inSight = () => Boolean(stage) && (stage.getBoundingClientRect().top >= 0 || stage.contains(document.activeElement));

function draw() {
  seen = inSight();
  const cards = seen ? [] : byWeight(live.state.cards).filter((card) => card.state !== "next" && card.state !== "ended");
  dock.hidden = !cards.length;
  const [card] = cards;
  if (!card) return dock.replaceChildren();
  let box = dock.firstElementChild;
  if (box?.dataset.call !== card.call_id) {
    box = fromTemplate("dock-card");
    box.dataset.call = card.call_id;
    dock.replaceChildren(box);
  }
  box.dataset.state = card.state;
  put(box, {
    state: stateText(card),
    more: cards.length > 1 ? others(cards.length - 1) : "",
    initials: initials(card.pop?.client?.name),
    name: nameOf(card),
    under: under(card),
    why: why(card.pop?.why ?? [], card.pop?.sharers?.[0]?.name),
  });
  const page = address(card);
  for (const link of [part(box, "name"), part(box, "open")]) link.href = page ?? "/";
  part(box, "open").hidden = !page;
  return tick();
}

function tick() {
  const box = dock.firstElementChild;
  const card = box && live.state.cards[box.dataset.call];
  if (card) put(box, { clock: clockText(card, live.now()) });
}

live.addEventListener("state", draw);
setInterval(tick, 500);
if (stage) addEventListener("scroll", () => live.state && inSight() !== seen && draw(), { passive: true });
