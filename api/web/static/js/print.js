// The button that prints; without scripts the browser's own menu does.
document.querySelector('#in')?.addEventListener('click', () => window.print());
