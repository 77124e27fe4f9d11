// The map beside the panel. All it does the panel can do without it: it shows where, and lets one point at a parcel.
const stage = document.getElementById('ban-do');
const panel = document.getElementById('chi-tiet');
const vi = document.documentElement.lang === 'vi';
const from = Number(stage.dataset.from);
const numbersFrom = Number(stage.dataset.numbersFrom);
const MOST_LISTED = 40;

const box = (text) => {
  const [west, south, east, north] = (text || '').split(',').map(Number);
  return Number.isFinite(north) ? [[west, south], [east, north]] : null;
};
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (value) => value.toLocaleString(vi ? 'vi-VN' : 'en-GB', { maximumFractionDigits: 1 });
const chosen = () => document.getElementById('thua');

const uses = Object.entries(JSON.parse(stage.dataset.uses));

function paints() {
  const colors = uses.flatMap(([key, codes]) => [codes, color(`--use-${key}`)]);
  const commune = color('--map-commune');
  const text = { 'text-color': color('--map-ink'), 'text-halo-color': color('--map-halo'), 'text-halo-width': 1.4 };
  return {
    ground: { 'background-color': color('--map-ground') },
    province: { 'fill-color': commune, 'fill-opacity': ['interpolate', ['linear'], ['/', ['get', 'connected'], ['max', ['get', 'communes'], 1]], 0, 0.04, 1, 0.45], 'fill-outline-color': color('--map-line') },
    commune: { 'fill-color': commune, 'fill-opacity': 0.14 },
    'commune-edge': { 'line-color': commune, 'line-width': 1.2 },
    'commune-name': text,
    parcel: { 'fill-color': ['match', ['coalesce', ['get', 'purpose'], ''], ...colors, color('--use-other')] },
    'parcel-edge': { 'line-color': color('--map-line'), 'line-width': ['interpolate', ['linear'], ['zoom'], 15, 0.3, 18, 1.2] },
    'parcel-number': text,
    chosen: { 'line-color': color('--focus'), 'line-width': 4 },
  };
}

function style() {
  const paint = paints();
  const layer = (id, type, source, more = {}) => ({ id, type, source: 'land', 'source-layer': source, paint: paint[id], ...more });
  return {
    version: 8,
    sources: { land: { type: 'vector', tiles: [`${location.origin}${stage.dataset.tiles}/{z}/{x}/{y}`], minzoom: 4, maxzoom: 18 } },
    layers: [
      { id: 'ground', type: 'background', paint: paint.ground },
      layer('province', 'fill', 'provinces', { maxzoom: 9 }),
      layer('commune', 'fill', 'communes', { maxzoom: from }),
      layer('commune-edge', 'line', 'communes', { maxzoom: from }),
      layer('parcel', 'fill', 'parcels', { minzoom: from }),
      layer('parcel-edge', 'line', 'parcels', { minzoom: from }),
      layer('chosen', 'line', 'parcels', { minzoom: from, filter: ['==', ['get', 'id'], chosen()?.dataset.key ?? ''] }),
      layer('commune-name', 'symbol', 'commune_places', { minzoom: 9, maxzoom: from, layout: { 'text-field': ['concat', ['get', 'name'], '\n', ['to-string', ['get', 'parcels']]], 'text-font': ['Inter'], 'text-size': 12 } }),
      layer('parcel-number', 'symbol', 'parcel_places', { minzoom: numbersFrom, layout: { 'text-field': ['to-string', ['get', 'parcel_number']], 'text-font': ['Inter'], 'text-size': 11.5 } }),
    ],
  };
}

function drawable() {
  try {
    return Boolean(document.createElement('canvas').getContext('webgl2'));
  } catch {
    return false;
  }
}

function cannot(why) {
  document.getElementById('khong-ve').hidden = false;
  document.querySelector('.zooms').hidden = true;
  stage.dataset.state = 'none';
  if (why) console.warn(why);
}

async function begin() {
  const { Map, ScaleControl } = await import(stage.dataset.library);
  const map = new Map({
    container: stage, style: style(), attributionControl: false, minZoom: 4, maxZoom: 20, dragRotate: false, pitchWithRotate: false,
    bounds: box(stage.dataset.box) ?? [[102, 8], [110, 23.5]], fitBoundsOptions: { padding: 60, maxZoom: 18 },
    locale: { 'Map.Title': stage.getAttribute('aria-label') },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new ScaleControl(), 'bottom-left');
  document.getElementById('gan').addEventListener('click', () => map.zoomIn());
  document.getElementById('xa-ra').addEventListener('click', () => map.zoomOut());

  const mark = () => map.setFilter('chosen', ['==', ['get', 'id'], chosen()?.dataset.key ?? '']);

  // What the panel says of a parcel comes from the service as a piece of the page; the address keeps step.
  async function choose(key, { move = false, note = true } = {}) {
    const answer = await fetch(stage.dataset.parcel.replace('KEY', encodeURIComponent(key)), { headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) {
      location.assign(`${stage.dataset.page}?thua=${encodeURIComponent(key)}`);
      return;
    }
    panel.innerHTML = await answer.text();
    mark();
    if (note) history.pushState({ key }, '', `${stage.dataset.page}?thua=${encodeURIComponent(key)}`);
    if (move) map.fitBounds(box(chosen().dataset.box), { padding: 80, maxZoom: 18, animate: false });
  }

  map.on('click', 'parcel', (event) => choose(event.features[0].properties.id));
  map.on('click', 'commune', (event) => map.flyTo({ center: event.lngLat, zoom: Math.min(map.getZoom() + 2, from + 0.5), animate: !matchMedia('(prefers-reduced-motion: reduce)').matches }));
  for (const layer of ['parcel', 'commune']) {
    map.on('mouseenter', layer, () => stage.classList.add('over'));
    map.on('mouseleave', layer, () => stage.classList.remove('over'));
  }
  document.querySelector('.panel').addEventListener('click', (event) => {
    const link = event.target.closest('a[data-parcel]');
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    choose(link.dataset.parcel, { move: true });
  });
  addEventListener('popstate', (event) => (event.state?.key ? choose(event.state.key, { move: true, note: false }) : location.reload()));
  document.getElementById('nen').addEventListener('click', () => {
    for (const [id, paint] of Object.entries(paints())) {
      for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name, value);
    }
  });
  const asked = history.state?.key ?? chosen()?.dataset.key;
  if (asked) history.replaceState({ key: asked }, '');

  // Whoever uses no pointer reaches what is drawn through this list.
  const inView = document.getElementById('trong-khung');
  map.on('idle', () => {
    const near = map.getZoom() >= from;
    document.getElementById('goi-y').hidden = near;
    const seen = new globalThis.Map(near ? map.queryRenderedFeatures({ layers: ['parcel'] }).map((one) => [one.properties.id, one.properties]) : []);
    const items = [...seen.values()].sort((a, b) => a.map_sheet_number - b.map_sheet_number || a.parcel_number - b.parcel_number).slice(0, MOST_LISTED).map((one) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = `${stage.dataset.page}?thua=${encodeURIComponent(one.id)}`;
      link.dataset.parcel = one.id;
      const name = document.createElement('b');
      name.textContent = `${one.map_sheet_number} / ${one.parcel_number}`;
      const more = document.createElement('i');
      more.textContent = `${one.purpose ?? ''} · ${number(one.area_m2)} m²`;
      link.append(name, ' ', more);
      item.append(link);
      return item;
    });
    inView.querySelector('ul').replaceChildren(...items);
    inView.hidden = !items.length;
    stage.dataset.state = 'drawn';
    stage.dataset.parcels = seen.size;
  });
  map.on('error', (event) => console.warn(event.error?.message));
}

if (drawable()) begin().catch(cannot);
else cannot();
