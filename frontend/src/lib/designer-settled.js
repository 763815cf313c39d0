// Fields of the properties panels write what was typed a moment later: leave the field and wait for that moment.
const PANEL_DELAY = 350;

export async function settled() {
  if (!document.activeElement?.closest('[data-properties], [data-canvas]')) return;
  await new Promise(resolve => { setTimeout(resolve, PANEL_DELAY); });
}
