// SPDX-License-Identifier: Apache-2.0
// A rule is moved by its handle, with a mouse, a pen or a finger; the same is done by its buttons.
// Anywhere else on its card a finger scrolls and a mouse marks text: nothing is moved by a slip.
import "./routing_kept.js";

const EDGE = 96; // near it the page goes on by itself: below the bar at the top, and as much at the bottom
const PACE = 12;

function movable(cards) {
  const all = [...cards.querySelectorAll("[data-rule]")];
  let dragged = null;
  let over = null;
  let y = 0;

  const goesBehind = (card) => all.indexOf(card) > all.indexOf(dragged) && !("end" in card.dataset);
  const look = () => {
    const seen = all.filter((card) => !card.hidden);
    over?.classList.remove("is-before", "is-after");
    over = seen.find((card) => card.getBoundingClientRect().bottom > y) ?? seen.at(-1);
    if (over !== dragged) over.classList.add(goesBehind(over) ? "is-after" : "is-before");
  };
  const scroll = () => {
    if (!dragged) return;
    const by = y < EDGE ? -PACE : y > innerHeight - EDGE ? PACE : 0;
    if (by) {
      scrollBy({ top: by, behavior: "instant" });
      look();
    }
    requestAnimationFrame(scroll);
  };
  const leave = () => {
    over?.classList.remove("is-before", "is-after");
    dragged?.classList.remove("is-dragged");
    dragged = over = null;
  };
  const drop = () => {
    // Counted without the dragged one: before a card further down is one place less.
    const isBelow = all.indexOf(over) > all.indexOf(dragged);
    const to = Number(over.dataset.rule) - (isBelow && !goesBehind(over) ? 1 : 0);
    if (to === Number(dragged.dataset.rule)) return;
    const form = dragged.querySelector("form");
    for (const [name, value] of [["do", "to"], ["to", to]]) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    form.requestSubmit();
  };

  for (const handle of cards.querySelectorAll("[data-handle]")) {
    handle.addEventListener("pointerdown", (event) => {
      if (dragged || event.button) return;
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      dragged = handle.closest("[data-rule]");
      dragged.classList.add("is-dragged");
      y = event.clientY;
      look();
      requestAnimationFrame(scroll);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!dragged || !handle.hasPointerCapture(event.pointerId)) return;
      y = event.clientY;
      look();
    });
    handle.addEventListener("pointerup", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return; // another finger
      if (dragged) drop();
      leave();
    });
    handle.addEventListener("lostpointercapture", leave); // taken away by the browser: nothing is moved
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
  });
}

document.querySelectorAll(".rule-cards").forEach(movable);

// Where rules are many: only those that have these letters are seen.
for (const field of document.querySelectorAll("[data-finds]")) {
  const cards = [...document.querySelector(field.dataset.finds).children];
  const none = field.parentElement.querySelector("[data-none]");
  const find = () => {
    const asked = field.value.trim().toLowerCase();
    for (const card of cards) card.hidden = !card.textContent.toLowerCase().includes(asked);
    none.textContent = cards.every((card) => card.hidden) ? none.dataset.none : "";
  };
  field.parentElement.hidden = false;
  field.addEventListener("input", find);
  find(); // a browser that goes back fills it in
}

// What was typed and not saved is not left without a word; Cancel says that word.
let unsaved = Boolean(document.querySelector("form[data-unsaved=yes]"));
document.addEventListener("input", ({ target }) => {
  if (target.closest("form[data-unsaved]")) unsaved = true;
});
document.addEventListener("htmx:after:swap", ({ target }) => {
  if (target.matches?.("#rule-form")) unsaved = true; // a part more or less, or moved
});
document.addEventListener("submit", () => {
  unsaved = false;
});
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-leaves]")) unsaved = false;
});
addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

// What stands as text is folded up; whoever is sent there sees it.
const place = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
const folded = place?.closest("details");
if (folded && !folded.open) {
  folded.open = true;
  place.scrollIntoView();
}
