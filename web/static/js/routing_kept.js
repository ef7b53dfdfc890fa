// SPDX-License-Identifier: Apache-2.0
// The form of a rule comes anew with each part added or moved. What is typed or pressed while it is on its way goes into
// the one that comes: its answer knows nothing of it.
const FORM = "#rule-form";
const TYPED = "input:not([type=hidden]), select, textarea";
let asked = null; // {ctx, said, next, typed, place, form} until it has come

function saidBy(form) {
  const data = new FormData(form);
  return new Map([...form.querySelectorAll(TYPED)].map(({ name }) => [name, data.getAll(name)]));
}

function put(field, values) {
  if (field.type === "checkbox") field.checked = values.includes(field.value);
  else if (!field.options || [...field.options].some(({ value }) => value === values[0])) field.value = values[0] ?? "";
  const folded = field.closest("details");
  if (folded) folded.open = true;
}

const named = (form, name) => form.querySelectorAll(`[name="${CSS.escape(name)}"]`);

function goOnTyping(form, { name, value, start, end }) {
  const field = [...named(form, name)].find((one) => one.type !== "checkbox" || one.value === value);
  field?.focus({ preventScroll: true });
  if (start !== null) field?.setSelectionRange?.(start, end);
  return Boolean(field);
}

function pressAgain(form, source) {
  const isButton = source.matches("button");
  const again = [...named(form, source.name)].find((one) => !isButton || one.value === source.value);
  if (isButton) again?.click();
  else again?.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.target?.matches?.(FORM)) return;
  if (asked || !ctx.target.isConnected) {
    event.preventDefault();
    if (asked && ctx.target.isConnected) asked.next = ctx.sourceElement;
  } else {
    asked = { ctx, said: saidBy(ctx.target), typed: [], place: null, form: null, next: null };
  }
});

// Before what app.js makes of it: it is not sent yet.
document.addEventListener("submit", (event) => {
  if (!asked || !event.target.matches(FORM)) return;
  event.preventDefault();
  event.stopPropagation();
  asked.next = event.submitter;
}, { capture: true });

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx !== asked?.ctx) return;
  const form = ctx.target;
  asked.typed = [...saidBy(form)].filter(([name, values]) => String(values) !== String(asked.said.get(name)));
  const { activeElement: at } = document;
  const { name, value } = at;
  if (form.contains(at) && at.matches(TYPED)) asked.place = { name, value, start: at.selectionStart ?? null, end: at.selectionEnd };
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx !== asked?.ctx) return;
  const form = document.querySelector(FORM);
  const { typed, place } = asked;
  asked.form = form;
  for (const [name, values] of typed) named(form, name).forEach((field) => put(field, values));
  if (typed.length) form.dispatchEvent(new Event("input", { bubbles: true })); // its sentence says it
  if (!place || !goOnTyping(form, place)) form.querySelector("[autofocus]")?.focus();
});

// Without an answer all stands as it stood, and nothing more is pressed.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx !== asked?.ctx) return;
  const { form, next } = asked;
  asked = null;
  if (form && next) pressAgain(form, next);
});
