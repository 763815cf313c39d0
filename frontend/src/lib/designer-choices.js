// Whom and what a model may name: groups, people, forms, policies, calendars, decisions, processes, files, as they are now.
import { get } from './designer-server.js';
import { settings } from './designer-settings.js';

const EMPTY = { groups: [], allocation: [ 'offer' ], policies: [], calendars: [], forms: [], decisions: [], processes: [], resources: [], new: {} };
export let choices = EMPTY;

const listeners = [];
export const onChoices = callback => listeners.push(callback);

/** Again whenever somebody comes back to the page: a form that was drawn in another tab is there then. */
async function load() {
  if (!settings.urls.choices) return;
  try {
    choices = await get(settings.urls.choices);
    for (const callback of listeners) callback();
  } catch (error) {
    console.warn(error.message); // typing still works; the next visit tries again
  }
}
load();
document.addEventListener('visibilitychange', () => { if (!document.hidden) load(); });

export async function people(words) {
  if (!settings.urls.choices || !words.trim()) return [];
  try { return (await get(`${settings.urls.choices}?people=${encodeURIComponent(words)}`)).people; } catch { return []; }
}
