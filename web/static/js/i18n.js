// SPDX-License-Identifier: Apache-2.0
// Texts of scripts. js/texts/<language>.js, made from the same catalogue as the pages', is loaded before.
const texts = globalThis.rolodialTexts ?? { locale: "en", forms: ["one", "other"], messages: {} };
const plural = new Intl.PluralRules(texts.locale);

const fill = (text, values) => text.replace(/%\((\w+)\)[sd]/g, (all, name) => values[name] ?? all);

export const locale = texts.locale;

export function gettext(text, values = {}) {
  return fill(texts.messages[text] || text, values);
}

export function ngettext(one, many, n, values = {}) {
  const forms = texts.messages[one];
  if (!forms) return fill(n === 1 ? one : many, { num: n, ...values });
  const index = texts.forms.indexOf(plural.select(n));
  return fill(forms[index] ?? forms[forms.length - 1], { num: n, ...values });
}
