// The data, and the pictures of items. Everything that is shown comes from the data and is set as text, never as markup.
const data = JSON.parse(document.getElementById('data').textContent);
const total = data.editions.length;
const number = new Intl.NumberFormat('en').format;
const items = (count) => number(count) + (count === 1 ? ' item' : ' items');
const percent = (share) => (share * 100).toFixed(2) + '%';
const thousandths = (value) => (value === null ? '–' : (value / 1000).toFixed(3));
const byId = (id) => document.getElementById(id);

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const button = (className, text, action) => {
  const element = make('button', className, text);
  element.type = 'button';
  if (action) element.addEventListener('click', action);
  return element;
};

const nameOf = (item) => data.names[item] || (data.name ? data.name + ' #' : '#') + data.editions[item];
const isOne = (item) => data.information[item] === null;

// Where the full picture of an item is, if the page lies beside the collection.
const fullPicture = (item) => {
  if (!data.pictures) return null;
  const stem = data.pictures.stems ? data.pictures.stems[item] : String(data.editions[item]);
  const inside = data.pictures.fan_out ? String(Math.floor(data.editions[item] / 1000)).padStart(3, '0') + '/' : '';
  return data.pictures.folder + inside + encodeURIComponent(stem) + '.' + data.pictures.ending;
};

// --- what can be filtered by: layers, and groups and one-of-ones where there are any ---

// `key` is what the address calls a facet: layers by `trait.`, so that none is taken for anything else there.
const facets = data.layers.map((layer, at) => ({ key: 'trait.' + layer.name, name: layer.name, choices: layer.choices, sets: data.sets[at], of: Int32Array.from(data.rows[at]) }));
if (data.groups.length) {
  const choices = data.groups.map((name, at) => ({ name, items: data.group.reduce((sum, group) => sum + (group === at), 0) }));
  facets.unshift({ key: 'group', name: 'Group', choices, of: Int32Array.from(data.group) });
}
const ones = data.information.reduce((sum, bits) => sum + (bits === null), 0);
if (ones) {
  const choices = [{ name: 'From traits', items: total - ones }, { name: 'One-of-one', items: ones }];
  facets.unshift({ key: 'kind', name: 'Kind', choices, of: Int32Array.from(data.information, (bits) => Number(bits === null)) });
}
for (const facet of facets) {
  // What an item shows is a set of choices: nearly always one, several where layers of one name show different things.
  facet.sets = facet.sets || facet.choices.map((_, at) => [at]);
  facet.wanted = new Uint8Array(facet.choices.length);
  facet.any = false;
  facet.counts = new Int32Array(facet.choices.length);
}
const choiceName = (choice) => (choice.name === null ? 'none' : choice.name);

const nothing = [];
const chosen = (facet, item) => (facet.of[item] < 0 ? nothing : facet.sets[facet.of[item]]);

// --- orders ---

const ordered = (key) => Uint32Array.from({ length: total }, (_, item) => item).sort((a, b) => key[a] - key[b] || data.editions[a] - data.editions[b]);
const orders = { information: ordered(data.rankInformation), trait: ordered(data.rankTrait), edition: ordered(data.editions) };

// --- thumbnails: some to a block, cut apart when the first of them is shown ---

const blocks = new Map();
const textOf = (id, item) => {
  const at = id + Math.floor(item / data.block);
  if (!blocks.has(at)) {
    const block = byId(at);
    // Not there yet: the page is still being read.
    if (!block) return '';
    blocks.set(at, block.textContent.split(','));
  }
  return blocks.get(at)[item % data.block];
};
// An item's thumbnail for a picture of so many device pixels: the small one where that has enough, and the item has one.
const sourceOf = (item, pixels) => {
  const small = data.small && pixels <= data.small.side * 1.1 ? textOf('s', item) : '';
  const [from, text] = small ? [data.small, small] : [data.large, textOf('t', item)];
  switch (text && text[0]) {
    case 'j': return 'data:image/jpeg;base64,' + from.header + text.slice(1);
    case 'J': return 'data:image/jpeg;base64,' + text.slice(1);
    case 'w': return 'data:image/webp;base64,' + text.slice(1);
    default: return '';
  }
};
// The picture of an item, whose longer side will have so many CSS pixels.
const picture = (item, alt, side) => {
  const box = make('div', 'picture');
  const image = make('img');
  image.alt = alt;
  image.decoding = 'async';
  const pixels = side * devicePixelRatio;
  const source = sourceOf(item, pixels);
  // JPEG has no transparency.
  if (source.startsWith('data:image/webp')) image.className = 'clear';
  // Small art that is enlarged is drawn pixel by pixel: its edges are meant.
  if (data.whole) image.addEventListener('load', () => image.classList.toggle('pixels', Math.max(image.naturalWidth, image.naturalHeight) * 1.5 <= pixels));
  if (source) image.src = source;
  box.append(image);
  return box;
};
