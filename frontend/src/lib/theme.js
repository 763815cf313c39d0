// light, dark or auto (what the system says). The cookie lets the server render <html data-theme>: no flash.
const YEAR = 31536000;
const system = matchMedia('(prefers-color-scheme: dark)');

const chosen = () => document.cookie.match(/(?:^|;\s*)theme=(light|dark|contrast)(?:;|$)/)?.[1];

/** The colours this page should show now. */
export const current = () => chosen() ?? (system.matches ? 'dark' : 'light');

export function show(theme) {
  document.documentElement.dataset.theme = theme;
}

/** Light becomes dark and dark light, here and on every later page. */
export function turnOver() {
  const theme = current() === 'dark' ? 'light' : 'dark';
  document.cookie = `theme=${theme};path=/;max-age=${YEAR};samesite=lax`;
  show(theme);
  return theme;
}

/** While nobody has chosen, the page follows the system. */
export function follow() {
  system.addEventListener('change', () => { if (!chosen()) show(current()); });
}
