// SPDX-License-Identifier: Apache-2.0
// A card of a rule is dragged to its new place; the same is done by its buttons, without a pointer.
let dragged = null;

function movable(cards) {
  for (const card of cards.querySelectorAll("[data-rule]") ?? []) {
    if (card.querySelector("form")) card.draggable = true;
  }
  const over = (event) => event.target.closest?.("[data-rule]");
  const clear = () => cards.querySelectorAll(".is-over").forEach((card) => card.classList.remove("is-over"));

  cards.addEventListener("dragstart", (event) => {
    dragged = over(event);
    event.dataTransfer.effectAllowed = "move";
  });
  cards.addEventListener("dragover", (event) => {
    const card = over(event);
    if (!cards.contains(dragged) || !card) return;
    event.preventDefault();
    clear();
    if (card !== dragged) card.classList.add("is-over");
  });
  cards.addEventListener("dragend", () => {
    clear();
    dragged = null;
  });
  cards.addEventListener("drop", (event) => {
    const card = over(event);
    if (!cards.contains(dragged) || !card || card === dragged) return;
    event.preventDefault();
    const form = dragged.querySelector("form");
    for (const [name, value] of [["do", "to"], ["to", card.dataset.rule]]) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    form.requestSubmit();
  });
}

document.querySelectorAll(".rule-cards").forEach(movable);

// The form of a rule comes anew with each part added or moved: go on where the server says.
// Its sentence comes anew as well, while somebody types: that must not move them.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.matches?.("#rule-form")) event.target.querySelector("[autofocus]")?.focus();
});

// What stands as text is folded up; whoever is sent there sees it.
const place = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
const folded = place?.closest("details");
if (folded && !folded.open) {
  folded.open = true;
  place.scrollIntoView();
}
