// SPDX-License-Identifier: Apache-2.0
// Filling templates: text goes in as text, never as markup; a caller's name is anybody's input.

export function fromTemplate(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// The place named data-f="<name>" inside a root.
export function part(root, name) {
  return root.querySelector(`[data-f="${name}"]`);
}

// Writes only what changed: a screen reader must not hear an unchanged line again.
export function put(root, values) {
  for (const [name, value] of Object.entries(values)) {
    const place = part(root, name);
    const text = value ?? "";
    if (place.textContent !== text) place.textContent = text;
    place.classList.toggle("is-empty", text === "");
  }
}

export function initials(name) {
  const words = (name ?? "").split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  if (!words.length) return "?";
  return (words[0][0] + (words.length > 1 ? words[words.length - 1][0] : "")).toUpperCase();
}

export function post(address, values = {}) {
  const { "X-CSRF-Token": token } = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  const body = new URLSearchParams(values);
  return fetch(address, { method: "POST", body, headers: { "X-CSRF-Token": token, "Accept": "application/json" } });
}

// Why the server refused; nothing where no answer came, or one that is not ours (a proxy's page).
export async function whyNot(answer) {
  const said = await answer?.json().catch(() => null);
  return said?.detail;
}

// `action`: {text, run}, a button beside the text.
export function tell(text, kind = "info", action = null) {
  document.dispatchEvent(new CustomEvent("rolodial:say", { detail: { text, kind, action } }));
}
