// Which items are shown, in which order, and the grid that draws those that are in view.
const grid = byId('grid');
const GAP = 10;
// Pixels of a card around and below its picture.
const [BESIDE, BELOW] = [14, 58];
// The most pixels that a card's picture gets: half of a thumbnail, which is sharp on screens of two pixels a pixel.
const MOST = Math.min(164, Math.max(104, data.whole ? 164 : data.large.side / 2));
// The longer side of pictures is 1.
const shape = data.shape.map((side) => side / Math.max(...data.shape));
let view = [];
let shown = new Map();
let columns = 1;
let cell = [0, 0];
let side = 0;

const ranking = () => document.querySelector('[name=ranking]:checked').value;

const search = () => {
  const words = byId('search').value.trim().toLowerCase();
  if (!words) return null;
  const edition = /^#?\d+$/.test(words) ? Number(words.replace('#', '')) : -1;
  if (edition >= 0) return (item) => data.editions[item] === edition || (data.names[item] || '').toLowerCase().includes(words);
  return (item) => nameOf(item).toLowerCase().includes(words);
};

const update = () => {
  const found = search();
  const active = facets.filter((facet) => facet.any);
  facets.forEach((facet) => facet.counts.fill(0));
  const passes = new Uint8Array(total);
  for (let item = 0; item < total; item++) {
    if (found && !found(item)) continue;
    let failed = null;
    let failures = 0;
    for (const facet of active) {
      if (!chosen(facet, item).some((choice) => facet.wanted[choice])) { failed = facet; if (++failures > 1) break; }
    }
    if (failures > 1) continue;
    // A count is the number of items with this choice that match the filters on all other layers.
    if (failures === 0) {
      passes[item] = 1;
      for (const facet of facets) for (const choice of chosen(facet, item)) facet.counts[choice]++;
    } else for (const choice of chosen(failed, item)) failed.counts[choice]++;
  }
  const sort = byId('sort').value;
  const order = orders[sort === 'rarest' || sort === 'common' ? ranking() : 'edition'];
  view = Array.from(order).filter((item) => passes[item]);
  if (sort === 'common' || sort === 'highest') view.reverse();
  byId('count').textContent = view.length === total ? items(total) : number(view.length) + ' of ' + items(total);
  byId('none').hidden = view.length > 0;
  showFilters();
  layout();
};

const layout = () => {
  const width = grid.clientWidth;
  columns = Math.max(2, Math.ceil((width + GAP) / (MOST + BESIDE + GAP)));
  const card = Math.floor((width - GAP * (columns - 1)) / columns);
  side = (card - BESIDE) / shape[0] * Math.max(...shape);
  cell = [card, Math.round((card - BESIDE) / shape[0] * shape[1]) + BELOW];
  grid.style.height = Math.ceil(view.length / columns) * (cell[1] + GAP) + 'px';
  grid.replaceChildren();
  shown = new Map();
  draw();
};

const card = (place) => {
  const item = view[place];
  const element = button('card');
  element.dataset.place = place;
  element.dataset.edition = data.editions[item];
  element.style.width = cell[0] + 'px';
  element.style.height = cell[1] + 'px';
  element.style.left = (place % columns) * (cell[0] + GAP) + 'px';
  element.style.top = Math.floor(place / columns) * (cell[1] + GAP) + 'px';
  const rank = isOne(item) ? 'One-of-one' : 'Rank ' + number((ranking() === 'trait' ? data.rankTrait : data.rankInformation)[item]);
  // The collection's name before each number would hide the numbers.
  const short = data.names[item] || '#' + data.editions[item];
  element.append(picture(item, '', side), make('span', 'name', short), make('span', 'rank', rank));
  return element;
};

const draw = () => {
  const top = -grid.getBoundingClientRect().top;
  const line = cell[1] + GAP;
  const first = Math.max(0, Math.floor(top / line) - 1) * columns;
  const last = Math.min(view.length, (Math.ceil((top + innerHeight) / line) + 1) * columns);
  for (const [place, element] of shown) {
    if (place < first || place >= last) {
      // What has the focus stays, so that the keyboard continues from there.
      if (element === document.activeElement) continue;
      element.remove();
      shown.delete(place);
    }
  }
  for (let place = first; place < last; place++) {
    if (shown.has(place)) continue;
    const element = card(place);
    let next = null;
    for (const other of grid.children) if (Number(other.dataset.place) > place) { next = other; break; }
    grid.insertBefore(element, next);
    shown.set(place, element);
  }
};

let waiting = false;
const soon = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
};

const focus = (place) => {
  const bounded = Math.max(0, Math.min(view.length - 1, place));
  const covered = byId('bar').offsetHeight + GAP;
  const at = grid.getBoundingClientRect().top + Math.floor(bounded / columns) * (cell[1] + GAP);
  if (at < covered) scrollBy(0, at - covered);
  else if (at + cell[1] > innerHeight) scrollBy(0, at + cell[1] - innerHeight + GAP);
  draw();
  const element = shown.get(bounded);
  if (element) element.focus({ preventScroll: true });
};

grid.addEventListener('keydown', (event) => {
  const place = Number(event.target.dataset.place);
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  if (Number.isNaN(place) || !(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  focus(place + steps[event.key]);
});
grid.addEventListener('click', (event) => {
  const element = event.target.closest('.card');
  if (element) open(view[Number(element.dataset.place)]);
});
