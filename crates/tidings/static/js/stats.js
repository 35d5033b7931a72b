// What the server says of itself, now and then.

const EVERY = 5000;
const PATIENCE = 4000;

/** The server's counts, or null where they cannot be had. */
export async function fetchStats() {
  try {
    const response = await fetch('stats', { signal: AbortSignal.timeout(PATIENCE) });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Gives `show` the stats every few seconds, as long as the page is visible. `refresh()` asks at once. */
export function pollStats(show) {
  let timer = 0;
  let asked = 0;

  async function refresh() {
    clearTimeout(timer);
    if (document.visibilityState !== 'visible') return;
    const question = ++asked;
    const stats = await fetchStats();
    if (question !== asked) return;
    show(stats);
    timer = setTimeout(refresh, EVERY);
  }

  document.addEventListener('visibilitychange', refresh);
  return { refresh };
}
