/**
 * Exact amounts: text such as "0.5" to whole microlitres and back, and what a session comes to.
 *
 * What is computed here runs along while marks are on their way; what counts is what the server says.
 */

/** Return the whole number of units that an amount holds, `places` after the point; null if it is none. */
export function whole(text, places) {
  const match = /^(\d{1,9})(?:[.,](\d*))?$/.exec(String(text).trim());
  if (!match || (match[2] ?? '').replace(/0+$/, '').length > places) return null;
  return BigInt(match[1] + (match[2] ?? '').slice(0, places).padEnd(places, '0'));
}

/** Return an amount of whole units as text in its one form: no trailing zeros. */
export function plain(units, places) {
  const digits = units.toString().padStart(places + 1, '0');
  const after = digits.slice(digits.length - places).replace(/0+$/, '');
  return digits.slice(0, digits.length - places) + (after ? `.${after}` : '');
}

/** Return a volume in mL as text in its one form, or null if it is none that can be given (0 to 1000 mL). */
export function millilitres(text) {
  const microlitres = whole(text, 3);
  return microlitres === null || microlitres > 1000000n ? null : plain(microlitres, 3);
}

/** Return the mL given at a mark, as text. */
export function mlOf(injection) {
  return plain((whole(injection.ml_each, 3) ?? 0n) * BigInt(injection.deposits), 3);
}

/** Return what given marks come to, in the form of the desk's totals. */
export function totalsOf(marks, solutions) {
  const bySolution = new Map();
  let ml = 0n;
  for (const { injection } of marks) {
    const given = (whole(injection.ml_each, 3) ?? 0n) * BigInt(injection.deposits);
    ml += given;
    if (injection.solution_id) bySolution.set(injection.solution_id, (bySolution.get(injection.solution_id) ?? 0n) + given);
  }
  const byAgent = new Map();
  for (const [id, given] of bySolution) {
    for (const { agent, percent } of solutions.find((one) => one.id === id)?.components ?? []) {
      byAgent.set(agent, (byAgent.get(agent) ?? 0n) + given * (whole(percent, 4) ?? 0n));
    }
  }
  return {
    marks: marks.length,
    punctures: marks.reduce((sum, mark) => sum + mark.injection.punctures, 0),
    deposits: marks.reduce((sum, mark) => sum + mark.injection.deposits, 0),
    ml: plain(ml, 3),
    // microlitres times ten-thousandths of a per cent are millionths of a mg
    mg_by_agent: Object.fromEntries([...byAgent].sort().map(([agent, mg]) => [agent, plain(mg, 6)])),
    ml_by_solution: Object.fromEntries([...bySolution].map(([id, given]) => [id, plain(given, 3)])),
  };
}

/** Return an amount for the eye: at most two places, without a false zero. */
export function brief(text) {
  const number = Number(text);
  const places = number >= 100 ? 0 : number >= 10 ? 1 : 2;
  return number.toFixed(places).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}
