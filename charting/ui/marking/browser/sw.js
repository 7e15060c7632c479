/**
 * Answers a reload without a network: code, body maps and the shell are kept, and no patient's data ever is.
 *
 * The digest names the release of the code: a new one is kept beside the old, which goes when it takes over.
 */

const CODE = 'charting-code-{digest}';
const MAPS = 'charting-maps';
const FILES = {files};
const WAIT = 4000; // ms until a page that does not come is given up

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CODE).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('charting-code-') && name !== CODE) await caches.delete(name);
    await self.clients.claim();
  })());
});

const isSession = (url) => /^\/sessions\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/?$/.test(url.pathname);
const isCode = (url) => url.pathname.startsWith('/marking/{digest}/');
const isMap = (url) => /^\/api\/v1\/atlas\/[0-9a-f]{64}\//.test(url.pathname);

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && isSession(url)) event.respondWith(page(request));
  else if (isCode(url)) event.respondWith(keptFirst(CODE, request));
  else if (isMap(url)) event.respondWith(keptFirst(MAPS, request));
});

/** Return the page as the server has it; the shell if it does not answer, or only a proxy does. */
async function page(request) {
  const shell = () => caches.match('/offline', { cacheName: CODE });
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(WAIT) });
    return [502, 503, 504].includes(answer.status) ? ((await shell()) ?? answer) : answer;
  } catch (trouble) {
    const kept = await shell();
    if (kept) return kept;
    throw trouble;
  }
}

/** Return a file that never changes under its address: from the cache, else from the server, which is kept. */
async function keptFirst(name, request) {
  const cache = await caches.open(name);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}
