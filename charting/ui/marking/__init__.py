"""The marking surface: the exam screen of one session, drawn by the browser.

    marking_surface.py   the element that a page mounts, with ids and addresses only
    serving.py           the routes under which the browser half is found
    browser/             that half: ES modules that know nothing of NiceGUI
        surface.js       assembles the exam screen, and says what a person's acts mean
        gesture.js       what the hand means: one state machine
        board.js         the map and the marks on it; the one conversion of pixels to mm
        glyphs.js        how a mark looks, from charting/chart/glyphs.json
        shapes.js        what a stroke becomes: simplified, trimmed, mended or refused
        atlas.js         lift, project and name, as charting.anatomy does it
        model.js         the session as shown: the server's word and what waits; undo and redo
        outbox.js        what was asked and not yet acknowledged, in IndexedDB
        sync.js          batches, retries, one flusher; what others changed
        frame.js         header, views, tools
        panel.js         syringe, list, notices, totals
        choosers.js      the small dialogs
        card.js          the name card
        keyboard.js      every key
        amounts.js       exact amounts
        sw.js            the service worker, and offline.html the shell with which it answers

Decision 0009 says why it is many modules and no single file.
"""

from charting.ui.marking.marking_surface import MarkingSurface
from charting.ui.marking.serving import router

__all__ = ["MarkingSurface", "router"]
