// Runs before the first paint: says that scripts run, and keeps the reader's choice of a light or dark page.
(() => {
  const root = document.documentElement;
  root.classList.add('js');
  let kept = null;
  try {
    kept = localStorage.getItem('nen');
  } catch {
    // Storage may be forbidden; then the choice holds for this page only.
  }
  if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;

  const isDark = () =>
    (root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

  document.addEventListener('DOMContentLoaded', () => {
    // Where the places do not fit into one line, the one that is looked at is shown.
    for (const line of document.querySelectorAll('.main-nav, .room-nav ul')) {
      const here = line.querySelector('[aria-current]');
      if (here) line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
    }

    const button = document.getElementById('nen');
    button.setAttribute('aria-pressed', isDark());
    button.addEventListener('click', () => {
      const chosen = isDark() ? 'light' : 'dark';
      root.dataset.theme = chosen;
      button.setAttribute('aria-pressed', chosen === 'dark');
      try {
        localStorage.setItem('nen', chosen);
      } catch {
        // See above.
      }
    });
  });
})();
