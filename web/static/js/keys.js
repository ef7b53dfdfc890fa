// SPDX-License-Identifier: Apache-2.0
// The keys of the phone, as each person chose them; and the map of all keys, which '?' opens.
import { gettext as _ } from "./i18n.js";

const keys = { available: "a", pause: "p", dial: "d", open: "o", note: "n", done: "x", hang_up: "H" };
const map = document.querySelector("#keys");
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

const nameOf = (event) => `${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.key}`;
const shown = (key) => (/^[A-Z]$/.test(key) ? `⇧ ${key.toLowerCase()}` : key);

// What a key press means here; nothing while somebody types, unless the key cannot be text.
export function actionOf(event) {
  if (event.metaKey || document.querySelector("dialog[open]")) return null;
  const pressed = nameOf(event);
  if (pressed.length === 1 && typing(event.target)) return null;
  return Object.keys(keys).find((action) => keys[action] === pressed) ?? null;
}

function take(chosen) {
  Object.assign(keys, chosen);
  const places = [document, ...[...document.querySelectorAll("template")].map((each) => each.content)];
  for (const place of places) {
    for (const sign of place.querySelectorAll("kbd[data-key-of]")) sign.textContent = shown(keys[sign.dataset.keyOf]);
  }
}

const say = (text) => document.dispatchEvent(new CustomEvent("rolodial:say", { detail: { text, kind: "danger" } }));

async function change(action, key) {
  const headers = { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers:inherited")) };
  try {
    const answer = await fetch("/preferences/keys", { method: "POST", headers, body: new URLSearchParams({ action, key }) });
    const said = await answer.json();
    if (answer.ok) take(said);
    else say(said.detail);
  } catch {
    say(_("The server cannot be reached. Nothing was saved."));
  }
}

let asking = null; // the button that waits for a key
map?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-change-key]");
  if (!button) return;
  asking?.classList.remove("is-asking");
  asking = button;
  button.classList.add("is-asking");
});
document.addEventListener(
  "keydown",
  (event) => {
    if (!asking || ["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key !== "Escape") change(asking.dataset.changeKey, event.key === "Backspace" ? "" : nameOf(event));
    asking.classList.remove("is-asking");
    asking = null;
  },
  { capture: true },
);
document.addEventListener("keydown", (event) => {
  if (event.key === "?" && map && !map.open && !typing(event.target)) map.showModal();
});

if (map) {
  fetch("/preferences/keys", { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then(take)
    .catch(() => {}); // the usual ones, until the page is loaded again
}
