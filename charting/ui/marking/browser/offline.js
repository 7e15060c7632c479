/** The shell with which the service worker answers when the page cannot be had: the exam screen, and no more. */

import { mount } from './surface.js';

const [session] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(location.pathname) ?? [];
// reviewing and going back are pages: they are there again when the network is
mount(document.getElementById('exam'), { session, urls: { review: `${location.pathname.replace(/\/$/, '')}/review` } });
