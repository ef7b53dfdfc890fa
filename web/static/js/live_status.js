// SPDX-License-Identifier: Apache-2.0
// What I say of myself: shown from the frames, changed by a menu or a key on every page.
import { gettext as _ } from "./i18n.js";
import { actionOf } from "./keys.js";
import { live } from "./live.js";
import { part, post, put, tell } from "./live_dom.js";
import { clock, operatorState } from "./live_words.js";

const menu = document.querySelector("#my-status");

const mine = () => live.state?.operators[live.state.me] ?? { state: "offline" };

function draw() {
  const { tone, text, short, why } = operatorState(mine());
  part(menu, "dot").className = `dot dot-${tone}`;
  put(menu, { text: short });
  menu.title = [text === short ? "" : text, why].filter(Boolean).join(" · ");
  tick();
}

function tick() {
  const { state, since } = mine();
  put(menu, { since: since && state !== "offline" ? clock((live.now() - Date.parse(since)) / 1000) : "" });
}

export async function sayState(state, reason = "") {
  menu.open = false;
  try {
    const answer = await post("/me/state", { state, reason });
    if (!answer.ok) tell((await answer.json()).detail || _("Your state could not be changed."), "danger");
  } catch {
    tell(_("The server cannot be reached. Nothing was saved."), "danger");
  }
}

if (menu) {
  live.addEventListener("state", draw);
  setInterval(() => live.state && tick(), 1000);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-state]");
    if (button) sayState(button.dataset.state, button.dataset.reason);
  });
  document.addEventListener("keydown", (event) => {
    const action = actionOf(event);
    if (action === "available") sayState("available");
    else if (action === "pause") menu.open = true;
  });
}
