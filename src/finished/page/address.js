// The address holds the item, the filters and the order, so that each of them can be sent to somebody and Back closes an item.
const address = () => {
  const parts = new URLSearchParams();
  if (opened >= 0) parts.append('item', data.editions[opened]);
  const words = byId('search').value.trim();
  if (words) parts.append('search', words);
  for (const facet of facets) {
    facet.wanted.forEach((wanted, choice) => {
      if (!wanted) return;
      const { name } = facet.choices[choice];
      // A trait can be called what absence is called.
      if (name === null) parts.append('absent', facet.name);
      else parts.append(facet.key, name);
    });
  }
  if (byId('sort').value !== 'rarest') parts.append('sort', byId('sort').value);
  if (ranking() !== 'information') parts.append('ranking', ranking());
  const text = parts.toString();
  return text ? '#' + text : '';
};

// Whether the present entry of the history is that of an item, or one that a closed item has left.
const stateIs = (kind) => Boolean(history.state && history.state[kind]);

const remember = (isNew) => {
  const hash = address();
  if (hash === location.hash) return;
  const target = location.href.split('#')[0] + hash;
  // A browser can refuse: in a sandbox, or where addresses change too often.
  try {
    if (!isNew) history.replaceState(opened >= 0 && stateIs('isItem') ? history.state : null, '', target);
    else if (stateIs('isSpare') || stateIs('isItem')) history.replaceState({ isItem: true }, '', target);
    else history.pushState({ isItem: true }, '', target);
  } catch { /* The page works without. */ }
};
// An item was closed. Its entry stays in the history, and the next item takes its place: going back takes a moment in which
// somebody opens another item, which would be closed then.
const forgetItem = () => {
  if (!new URLSearchParams(location.hash.slice(1)).has('item')) return;
  const target = location.href.split('#')[0] + address();
  try { history.replaceState(stateIs('isItem') ? { isSpare: true } : null, '', target); } catch { /* The page works without. */ }
};

const readAddress = () => {
  if (address() === location.hash && view.length) return;
  const parts = new URLSearchParams(location.hash.slice(1));
  clear();
  byId('search').value = parts.get('search') || '';
  const pick = (id, value) => { if ([...byId(id).options].some((option) => option.value === value)) byId(id).value = value; };
  byId('sort').value = 'rarest';
  pick('sort', parts.get('sort'));
  document.querySelectorAll('[name=ranking]').forEach((radio) => { radio.checked = radio.value === (parts.get('ranking') === 'trait' ? 'trait' : 'information'); });
  for (const facet of facets) {
    const names = parts.getAll(facet.key);
    const absent = facet.key.startsWith('trait.') && parts.getAll('absent').includes(facet.name);
    facet.choices.forEach((choice, at) => { if (choice.name === null ? absent : names.includes(choice.name)) want(facet, at, true); });
  }
  update();
  const item = data.editions.indexOf(Number(parts.get('item') || NaN));
  if (item >= 0) showItem(item);
  else if (detail.open) { detail.close(); closed(); }
};
addEventListener('popstate', readAddress);

// --- from here the page works ---

addEventListener('scroll', soon, { passive: true });
let width = 0;
new ResizeObserver(() => {
  document.documentElement.style.setProperty('--bar', byId('bar').offsetHeight + 'px');
  if (grid.clientWidth !== width) { width = grid.clientWidth; layout(); } else soon();
}).observe(document.documentElement);
new ResizeObserver(() => document.documentElement.style.setProperty('--bar', byId('bar').offsetHeight + 'px')).observe(byId('bar'));

fold();
width = grid.clientWidth;
readAddress();
requestAnimationFrame(() => setTimeout(() => performance.mark('items-shown')));
// The first thumbnails can be behind what was read so far.
document.addEventListener('DOMContentLoaded', () => { layout(); if (opened >= 0) showItem(opened); });
