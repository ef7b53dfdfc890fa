// SPDX-License-Identifier: Apache-2.0
// A card of a rule is dragged to its new place; the same is done by its buttons, without a pointer.
let dragged = null;

function movable(cards) {
  const all = [...cards.querySelectorAll("[data-rule]")];
  for (const card of all) {
    if (card.querySelector("form") && !("end" in card.dataset)) card.draggable = true;
  }
  const over = (event) => event.target.closest?.("[data-rule]");
  const clear = () => all.forEach((card) => card.classList.remove("is-before", "is-after"));
  const goesBehind = (card) => all.indexOf(card) > all.indexOf(dragged) && !("end" in card.dataset);

  cards.addEventListener("dragstart", (event) => {
    dragged = over(event);
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  cards.addEventListener("dragover", (event) => {
    const card = over(event);
    if (!cards.contains(dragged) || !card) return;
    event.preventDefault();
    clear();
    if (card !== dragged) card.classList.add(goesBehind(card) ? "is-after" : "is-before");
  });
  cards.addEventListener("dragend", () => {
    clear();
    dragged?.classList.remove("is-dragged");
    dragged = null;
  });
  cards.addEventListener("drop", (event) => {
    const card = over(event);
    if (!cards.contains(dragged) || !card || card === dragged) return;
    event.preventDefault();
    // Counted without the dragged one: before a card further down is one place less.
    const isBelow = all.indexOf(card) > all.indexOf(dragged);
    const to = Number(card.dataset.rule) - (isBelow && !goesBehind(card) ? 1 : 0);
    const form = dragged.querySelector("form");
    for (const [name, value] of [["do", "to"], ["to", to]]) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    form.requestSubmit();
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

// The form of a rule comes anew with each part added or moved: go on where the server says.
// Its sentence comes anew as well, while somebody types: that must not move them.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.matches?.("#rule-form")) event.target.querySelector("[autofocus]")?.focus();
});

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
