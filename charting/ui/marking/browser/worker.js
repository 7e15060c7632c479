/** Registers the service worker, so that a reload without a network is answered. Needs https or localhost. */

navigator.serviceWorker?.register('/sw.js').catch((trouble) => console.warn('charting: no offline reload', trouble));
