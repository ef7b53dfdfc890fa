// SPDX-License-Identifier: Apache-2.0
// Messages that callers left: said on every page, and the inbox reads itself again.
import { gettext as _ } from "./i18n.js";
import { live } from "./live.js";

const INBOX = "/voicemail";
let owed = false; // the inbox changed while somebody listened

function say(text) {
  const action = location.pathname === INBOX ? undefined : { text: _("Show"), run: () => location.assign(INBOX) };
  document.dispatchEvent(new CustomEvent("rolodial:say", { detail: { text, action } }));
}

const listening = () => document.querySelector("rd-player[data-playing]") || document.querySelector("#list select:focus");

function readAgain() {
  if (location.pathname !== INBOX) return;
  owed = Boolean(listening());
  if (!owed) htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "innerMorph" });
}

live.addEventListener("state", ({ detail: { state, frame } }) => {
  // What settles a caller closes their messages; before a snapshot nobody told of either.
  if (frame.type === "missed" || frame.type === "snapshot") return readAgain();
  if (frame.type !== "voicemail") return;
  const { data } = frame;
  if (data.by === null) say(_("Somebody left a message."));
  else if (data.assigned_to === state.me && data.by !== state.me && data.state === "open") say(_("A message was given to you."));
  readAgain();
});

for (const over of ["rolodial:rests", "focusout"]) document.addEventListener(over, () => owed && readAgain());
