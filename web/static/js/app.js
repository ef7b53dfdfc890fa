// SPDX-License-Identifier: Apache-2.0
// What every page does: menus, theme, search, keys, messages.
import { gettext as _ } from "./i18n.js";

const root = document.documentElement;

// --- menus: <details class="menu"> close on Escape and when somewhere else is clicked
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// --- theme: at once here, remembered by the server
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set-theme]");
  if (!button) return;
  root.dataset.theme = button.dataset.setTheme;
  for (const each of document.querySelectorAll("[data-set-theme]")) {
    each.setAttribute("aria-pressed", String(each.dataset.setTheme === root.dataset.theme));
  }
  document.dispatchEvent(new Event("rolodial:theme"));
});

// --- search: '/' goes there, arrows walk the results, Escape leaves; Enter goes to the first that was found for what is
// typed now: while the answer is on its way, it is waited for, not taken from the last one
const search = document.querySelector("#search");
const found = document.querySelector("#found");
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

if (search) {
  let foundFor = null;
  let goes = false; // Enter came before the answer
  const go = () => {
    goes = foundFor !== search.value;
    if (!goes) found.querySelector("a")?.click();
  };
  const leave = () => {
    goes = false;
    found.replaceChildren();
    search.value = "";
    search.blur();
  };
  search.addEventListener("input", () => (goes = false));
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.target !== found) return;
    foundFor = new URL(ctx.request.action, location.href).searchParams.get("q");
    if (goes) go();
  });
  document.querySelector(".top-search").addEventListener("keydown", (event) => {
    if (event.key === "Escape") return leave();
    if (event.key === "Enter" && event.target === search) return go();
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return undefined;
    const stops = [search, ...found.querySelectorAll("a")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
    event.preventDefault();
    return undefined;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest(".top-search")) return;
    goes = false;
    found.replaceChildren();
  });
}

// --- keys: 'g' then a letter goes to the link that names it; '/' searches
let leader = -2000;
const DOES = { c: "[data-key=n]", e: "[data-key=e]" }; // create and edit, where the page has it
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  } else if (event.timeStamp - leader > 1500 && DOES[event.key]) {
    document.querySelector(DOES[event.key])?.click();
  } else if (event.key === "g") {
    leader = event.timeStamp;
  } else if (event.timeStamp - leader < 1500) {
    leader = 0;
    document.querySelector(`a[data-go="${CSS.escape(event.key)}"]`)?.click();
  }
});

// --- what the page before did is told once: going back or loading again does not tell it anew
if (new URLSearchParams(location.search).has("said")) {
  const address = new URL(location.href);
  address.searchParams.delete("said");
  history.replaceState(history.state, "", address);
}

// --- messages: any script says one with `document.dispatchEvent(new CustomEvent("rolodial:say", {detail: {text, kind, action}}))`
const toasts = document.querySelector("#toasts");

function keepShort(note) {
  if (note.dataset.seen || "stays" in note.dataset) return;
  note.dataset.seen = "1";
  for (const other of [...toasts.children]) { // said again: once is enough
    if (other !== note && other.dataset.seen && other.textContent === note.textContent) other.remove();
  }
  setTimeout(() => note.remove(), note.querySelector(".btn:not([data-dismiss])") ? 30_000 : 8000);
}
document.addEventListener("rolodial:say", ({ detail }) => {
  const note = document.createElement("div");
  note.className = `toast-note toast-${detail.kind ?? "info"}`;
  note.setAttribute("role", detail.kind === "danger" ? "alert" : "status");
  note.append(Object.assign(document.createElement("span"), { className: "grow", textContent: detail.text }));
  if (detail.action) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: detail.action.text });
    button.addEventListener("click", () => {
      note.remove();
      detail.action.run();
    });
    note.append(button);
  }
  toasts.append(note);
});
toasts?.querySelectorAll(".toast-note").forEach(keepShort);
if (toasts) new MutationObserver(() => toasts.querySelectorAll(".toast-note").forEach(keepShort)).observe(toasts, { childList: true });
document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast-note")?.remove());

document.addEventListener("htmx:error", () => {
  const text = _("The server cannot be reached. Nothing was saved.");
  document.dispatchEvent(new CustomEvent("rolodial:say", { detail: { text, kind: "danger" } }));
});

// --- a row of a list is a link as a whole; what is clickable inside stays itself
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-href]");
  if (!row || event.target.closest("a, button, input, summary, audio, rd-player") || getSelection().toString()) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
  else location.assign(row.dataset.href);
});

// --- a button with data-copy puts its text on the clipboard
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  let text = _("Copied.");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    text = _("The browser does not let pages copy here: mark the text and copy it yourself.");
  }
  document.dispatchEvent(new CustomEvent("rolodial:say", { detail: { text } }));
});

// --- dialogs: a button with data-dialog opens the one it names; data-close and a click beside it close
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.querySelector(opener.dataset.dialog)?.showModal();
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
});

// --- a form is sent once: a double click, or another while the answer is slow, sends nothing more
const sent = new WeakSet();
function free(form) {
  sent.delete(form);
  form.classList.remove("is-sent");
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  form.classList.add("is-sent");
  setTimeout(free, 10_000, form); // somebody stopped it: it can be sent again
});
// Back from the next page, as it stood when it was left.
addEventListener("pageshow", () => document.querySelectorAll("form.is-sent").forEach(free));
