// Every page of Baton: htmx, keyboard, theme, live list. Pages work without it; it makes them fast.
import './lib/htmx.js';        // first: it sets the global that extensions expect
import './lib/morph.js';
import './lib/poll.js';
import './lib/focus.js';
import './lib/select.js';
import './lib/leave.js';
import './lib/undo.js';
import './lib/keyboard.js';
import './lib/theme-switch.js';
import './lib/once.js';
import './lib/drafts.js';
import './lib/copy.js';
import './lib/diagram-panel.js';
import './lib/refresh-form.js';
import './lib/dismiss.js';
import './lib/files.js';
import './lib/mention.js';

document.documentElement.dataset.js = 'true';
