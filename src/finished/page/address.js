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

const remember = (isNew) => {
  const hash = address();
  if (hash === location.hash) return;
  const target = location.href.split('#')[0] + hash;
  // A browser can refuse: in a sandbox, or where addresses change too often.
  try {
    if (isNew) history.pushState({ isItem: true }, '', target);
    else history.replaceState(history.state, '', target);
  } catch { /* The page works without. */ }
};
// An item was closed: the address that was there before it comes back.
const forgetItem = () => {
  if (!new URLSearchParams(location.hash.slice(1)).has('item')) return;
  if (history.state && history.state.isItem) history.back();
  else remember();
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
  else if (detail.open) detail.close();
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
