/** Every key of the exam screen, in one table that `?` shows. */

import { html } from './dom.js';
import { t } from './words.js';

/** Return the table: [keys, words, what they do] by the surface; a key is as KeyboardEvent names it. */
export function keysOf(surface) {
  const nudge = (x, y) => (event) => surface.arrow(x * (event.shiftKey ? 5 : 1), y * (event.shiftKey ? 5 : 1));
  const writes = (act) => (event) => surface.mayWrite && act(event);
  return [
    [['p', '1'], t('Point'), writes(() => surface.setTool('point'))],
    [['t', '2'], t('Track'), writes(() => surface.setTool('track'))],
    [['f', '3'], t('Field'), writes(() => surface.setTool('field'))],
    [['l', '4'], t('Look'), () => surface.setTool('look')],
    [['b'], t('Bones'), () => surface.setLayer('bones')],
    [['m'], t('Landmarks'), () => surface.setLayer('landmarks')],
    [['n'], t('Labels'), () => surface.setLayer('labels')],
    [['s'], t('Sites'), () => surface.setLayer('sites')],
    [['g'], t('Last session'), () => surface.ghosts.length && surface.toggleGhost(surface.ghosts.at(-1).number)],
    [['['], t('Previous view'), () => surface.step(-1)],
    [[']'], t('Next view'), () => surface.step(1)],
    [['+', '='], t('Zoom in'), () => surface.zoom(1.5)],
    [['-'], t('Zoom out'), () => surface.zoom(1 / 1.5)],
    [['0'], t('Fit the figure'), () => surface.board.fit()],
    [['Tab'], t('Next mark (from the map)'), null],
    [['ArrowLeft'], t('Move the chosen mark or the crosshair by 1 mm (Shift: 5 mm)'), nudge(-1, 0)],
    [['ArrowRight'], null, nudge(1, 0)],
    [['ArrowUp'], null, nudge(0, -1)],
    [['ArrowDown'], null, nudge(0, 1)],
    [['Enter'], t('Place a mark at the crosshair, or give the chosen planned mark'), writes(() => surface.enter())],
    [['Delete', 'Backspace'], t('Withdraw the chosen mark'), writes(() => surface.chosen && surface.withdraw(surface.chosen))],
    [['Ctrl+z'], t('Undo'), writes(() => surface.undo())],
    [['Ctrl+y', 'Ctrl+Z'], t('Redo'), writes(() => surface.redo())],
    [['Escape'], t('Leave what was begun'), () => surface.escape()],
    [['?'], t('This list'), () => surface.help()],
  ];
}

const SHOWN = { ArrowLeft: '← → ↑ ↓', Escape: 'Esc', 'Ctrl+Z': 'Ctrl+Shift+Z', 'Ctrl+z': 'Ctrl+Z', 'Ctrl+y': 'Ctrl+Y' };

/** Return the list of keys as a table. */
export function keyList(surface) {
  return html('dl', { class: 'cm-keys' }, ...keysOf(surface).filter(([, words]) => words).flatMap(([keys, words]) => [
    html('dt', {}, ...keys.map((key) => html('kbd', {}, SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key)))), html('dd', {}, words)]));
}

/** Carry out a key, unless someone is writing; say whether it meant something. */
export function press(surface, event) {
  if (event.altKey || event.target.closest?.('input, textarea, select, [contenteditable]')) return false;
  // a focused button keeps the keys with which buttons are pressed; a mark is one of ours
  const pressing = event.target.closest?.('button, a') && (event.key === 'Enter' || event.key === ' ');
  if (pressing) return false;
  const letter = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
  const name = event.ctrlKey || event.metaKey ? `Ctrl+${letter}` : event.key.length === 1 && /[a-z]/i.test(event.key) ? event.key.toLowerCase() : event.key;
  const found = keysOf(surface).find(([keys, , act]) => act && keys.includes(name));
  if (!found) return false;
  found[2](event);
  event.preventDefault();
  return true;
}
