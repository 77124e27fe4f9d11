// The dashboard's comfort: map by keyboard and pointer, and the time slider. Everything works without this file.
// Listeners stand on the document, because htmx morphs <main> and what it replaces would lose its own.
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const unitOf = (node) => node.closest?.('#ban-do a.unit');
  const rowOf = (node) => node.closest?.('tr[data-code]');

  /* Map: one tab stop; arrows go to the nearest province in that direction. */

  const DIRECTIONS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  let current = null; // code of the province that holds the tab stop

  function enhance() {
    const units = all('#ban-do a.unit');
    const stop = units.find((unit) => unit.dataset.code === current) || units[0];
    for (const unit of units) unit.setAttribute('tabindex', unit === stop ? 0 : -1);
    for (const day of all('.day input[type="text"]')) day.value = day.getAttribute('value');
    const slider = one('#thoi-gian');
    if (slider && !waiting) slider.value = slider.getAttribute('value');
    hide();
  }

  function centre(unit) {
    const box = unit.getBBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  }

  function neighbour(unit, [right, down]) {
    const [x, y] = centre(unit);
    let best = null;
    let least = Infinity;
    for (const other of all('#ban-do a.unit')) {
      const [a, b] = centre(other);
      const along = (a - x) * right + (b - y) * down;
      const across = Math.abs((a - x) * down) + Math.abs((b - y) * right);
      const far = along + across * 2.2;
      if (other !== unit && along > 0.5 && far < least) {
        least = far;
        best = other;
      }
    }
    return best;
  }

  function outline(unit) {
    const edge = one('#vien');
    if (!edge) return;
    edge.setAttribute('d', unit ? one('path', unit).getAttribute('d') : '');
    edge.setAttribute('class', unit ? 'shown' : '');
  }

  function show(unit) {
    const tip = one('#the');
    const [name, ...rest] = unit.getAttribute('aria-label').split(':');
    tip.firstElementChild.textContent = name;
    tip.lastElementChild.textContent = rest.join(':').trim();
    tip.hidden = false;
    const frame = tip.parentElement.getBoundingClientRect();
    const box = unit.getBoundingClientRect();
    const half = tip.offsetWidth / 2;
    const x = Math.max(half, Math.min(frame.width - half, box.x + box.width / 2 - frame.x));
    tip.style.setProperty('--x', `${x}px`);
    tip.style.setProperty('--y', `${Math.max(44, box.y - frame.y - 8)}px`);
    for (const row of all('tr.linked')) row.classList.remove('linked');
    one(`#dv-${unit.dataset.code}`)?.classList.add('linked');
    outline(unit);
  }

  function hide() {
    const tip = one('#the');
    if (tip) tip.hidden = true;
    for (const row of all('tr.linked')) row.classList.remove('linked');
    outline(null);
  }

  document.addEventListener('keydown', (event) => {
    const unit = unitOf(event.target);
    if (!unit) return;
    if (event.key === 'Escape') hide();
    const direction = DIRECTIONS[event.key];
    if (!direction) return;
    event.preventDefault();
    const next = neighbour(unit, direction);
    if (!next) return;
    unit.setAttribute('tabindex', -1);
    next.setAttribute('tabindex', 0);
    current = next.dataset.code;
    next.focus();
  });

  document.addEventListener('pointerover', (event) => {
    const unit = unitOf(event.target);
    const row = rowOf(event.target);
    if (unit) show(unit);
    else if (row) outline(one(`#bd-${row.dataset.code}`));
    else if (!unitOf(document.activeElement)) hide();
  });
  document.addEventListener('focusin', (event) => {
    const unit = unitOf(event.target);
    if (unit) show(unit);
  });
  document.addEventListener('focusout', (event) => {
    if (unitOf(event.target)) hide();
  });

  document.addEventListener('click', (event) => {
    if (event.target.closest?.('#in')) print();
  });

  /* Time slider: its scale is days, its stops are those of the series. The words follow at once, the page
     when the hand rests; the newest request wins (hx-sync replace). */

  const REST = 160; // milliseconds
  let waiting = 0;

  function stopsOf(slider) {
    return slider.dataset.stops.split(';').map((text) => {
      const [place, day, ...label] = text.split(':');
      return { place: Number(place), day, label: label.join(':') };
    });
  }

  // One day further is an arrow key, or a screen reader's "increase": go to the next stop. Anything else snaps.
  function chosenStop(slider, stops) {
    const value = Number(slider.value);
    const before = Number(slider.dataset.place ?? slider.getAttribute('value'));
    if (value === before) return stops.find((stop) => stop.place === value);
    if (Math.abs(value - before) <= 1) {
      const onwards = stops.filter((stop) => (value > before ? stop.place > before : stop.place < before));
      return value > before ? onwards[0] : onwards[onwards.length - 1];
    }
    return stops.reduce((a, b) => (Math.abs(b.place - value) < Math.abs(a.place - value) ? b : a));
  }

  document.addEventListener('input', (event) => {
    const slider = event.target;
    if (slider.id !== 'thoi-gian') return;
    const stop = chosenStop(slider, stopsOf(slider));
    if (!stop) return;
    slider.value = stop.place;
    slider.dataset.place = stop.place;
    slider.setAttribute('aria-valuetext', stop.label);
    one('#ngay').value = stop.label;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      waiting = 0;
      const address = new URL(slider.dataset.part, location.origin);
      address.searchParams.set('ngay', stop.day);
      htmx.ajax('GET', address.pathname + address.search, {
        source: slider,
        target: '#noi-dung',
        swap: 'outerMorph',
      });
    }, REST);
  });

  document.addEventListener('DOMContentLoaded', enhance);
  document.addEventListener('htmx:after:swap', enhance);
})();
