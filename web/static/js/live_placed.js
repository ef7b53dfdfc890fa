// SPDX-License-Identifier: Apache-2.0
// Click-to-call that was accepted, and then nothing: whoever clicked is told, and can try again.
import { gettext as _ } from "./i18n.js";
import { live } from "./live.js";
import { post, tell, whyNot } from "./live_dom.js";
import { phone } from "./live_words.js";

const HEARD_WITHIN_MS = 10_000;
const SILENT_PHONE = new Set(["NOT_INUSE", "UNAVAILABLE", "INVALID", "UNKNOWN", null]);

// The call has a card, or (calls between colleagues have none) my phone rings or is in use.
function isHeard(callId) {
  const { cards, recent, phones, me } = live.state;
  return callId in cards || recent.some((card) => card.call_id === callId) || Object.values(phones[me] ?? {}).some((state) => !SILENT_PHONE.has(state));
}

export function watchPlaced({ call_id: callId, number }) {
  const settle = () => {
    if (!live.state || !isHeard(callId)) return;
    clearTimeout(wait);
    live.removeEventListener("state", settle);
  };
  const wait = setTimeout(() => {
    live.removeEventListener("state", settle);
    if (!live.up) return; // the banner says that nothing is heard of any call
    const text = _("The call to %(number)s was accepted, but your phone did not ring. Is it switched on and connected?", { number: phone(number) });
    tell(text, "danger", { text: _("Try again"), run: () => placeCall(number) });
  }, HEARD_WITHIN_MS);
  live.addEventListener("state", settle);
  settle();
}

// Rings my phone, then the number. True when the exchange accepted it; what becomes of it is told by the card.
export async function placeCall(number) {
  const answer = await post("/calls/originate", { number }).catch(() => null);
  if (answer?.ok) watchPlaced(await answer.json());
  else if (answer) tell((await whyNot(answer)) || _("The call could not be placed."), "danger");
  else tell(_("No answer from the server. See whether your phone rings before you dial again."), "danger");
  return Boolean(answer?.ok);
}

// The buttons beside numbers are asked for by htmx; the answer names the call.
document.addEventListener("rolodial:placed", ({ detail }) => watchPlaced(detail));
