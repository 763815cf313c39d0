// light, dark or auto (what the system says). The cookie lets the server render <html data-theme>: no flash.
const YEAR = 31536000;

export const current = () => document.cookie.match(/(?:^|;\s*)theme=(light|dark)(?:;|$)/)?.[1] ?? 'auto';
export const isDark = () => current() === 'dark' || (current() === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);

/** Show `theme` now. Django's admin wants data-theme="auto"; our pages want no attribute for auto. */
export function show(theme = current(), auto = '') {
  const root = document.documentElement;
  if (theme === 'auto' && !auto) delete root.dataset.theme; else root.dataset.theme = theme === 'auto' ? auto : theme;
}

export function remember(theme) {
  document.cookie = theme === 'auto' ? 'theme=;path=/;max-age=0;samesite=lax' : `theme=${theme};path=/;max-age=${YEAR};samesite=lax`;
}
