/** Elements in one line each. */

const SVG = 'http://www.w3.org/2000/svg';

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Return an HTML element; attributes that begin with `on` are listeners, text is never read as HTML. */
export function html(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return an SVG element. */
export function svg(name, attributes, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

const ICONS = {
  undo: 'M9 6 4 11l5 5M4 11h10a6 6 0 0 1 0 12h-3',
  redo: 'M15 6l5 5-5 5M20 11H10a6 6 0 0 0 0 12h3',
  point: 'M12 5a7 7 0 1 0 .01 0M12 10.500a1.500 1.500 0 1 0 .01 0',
  track: 'M4 20C8 8 14 16 20 4',
  field: 'M12 4c5 0 9 3 8 8s-5 8-9 7-8-4-7-9 4-6 8-6M8 15l7-7M11 17l6-6',
  look: 'M10.500 4a6.500 6.500 0 1 0 .01 0M15.500 15.500 21 21',
  bones: 'M7 4a2.500 2.500 0 0 0-2 4 2.500 2.500 0 0 0 3 1l7 7a2.500 2.500 0 0 0 1 3 2.500 2.500 0 0 0 4-2 2.500 2.500 0 0 0-3-2.500L9.500 7.500A2.500 2.500 0 0 0 7 4',
  landmarks: 'M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11M12 8a2 2 0 1 0 .01 0',
  labels: 'M4 7h9l6 5-6 5H4z',
  sites: 'M5 8c2-4 8-5 12-2s3 9-1 11-9 1-11-2-1-5 0-7z',
  sessions: 'M12 4 4 9l8 5 8-5zM4 14l8 5 8-5',
  again: 'M5 12a7 7 0 1 1 2 5M5 21v-4h4',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  fit: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M15 5l-7 7 7 7',
  up: 'M6 15l6-6 6 6',
  body: 'M12 3a2.200 2.200 0 1 0 .01 0M12 8v7M5 9l7 1 7-1M12 15l-3 7M12 15l3 7',
};

/** Return an icon of 24 px that no reader reads out. */
export function icon(name) {
  return svg('svg', { class: 'cm-icon', viewBox: '0 0 24 26', 'aria-hidden': 'true' }, svg('path', { d: ICONS[name] }));
}

/** Return a button with its name, its key, and what it does. */
export function button(attributes, ...children) {
  return html('button', { type: 'button', ...attributes }, ...children);
}
