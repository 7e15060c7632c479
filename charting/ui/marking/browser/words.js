/** Every text that a person reads: looked up by its English words, as the pages do. */

let catalogue = {};

/** Use another language: English words to the words that are shown. */
export function useWords(words) {
  catalogue = words ?? {};
}

/** Return a text in the person's language, with `{facts}` filled in. */
export function t(msgid, facts) {
  const text = catalogue[msgid] ?? msgid;
  return facts ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole)) : text;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Return a day, given as ISO text, as it is written here: 23 Nov 2026. */
export function day(iso) {
  const [year, month, date] = iso.slice(0, 10).split('-').map(Number);
  return `${date} ${t(MONTHS[month - 1])} ${year}`;
}
