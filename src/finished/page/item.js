// One item, large, and the list of all traits.
const detail = byId('detail');
// The item that is open, or -1.
let opened = -1;

const row = (cells, tag) => {
  const line = make('tr');
  for (const [content, className] of cells) {
    const cell = make(tag || 'td', className);
    if (tag) cell.scope = 'col';
    cell.append(content);
    line.append(cell);
  }
  return line;
};
const scrolling = (table) => {
  const box = make('div', 'scroll');
  box.append(table);
  return box;
};

const showItem = (item) => {
  opened = item;
  byId('detail-name').textContent = nameOf(item);
  const facts = make('dl', 'facts');
  const fact = (key, value, className) => {
    const line = make('div');
    line.append(make('dt', '', key), make('dd', className, value));
    facts.append(line);
  };
  fact('Number', String(data.editions[item]));
  if (data.groups.length && data.group[item] >= 0) fact('Group', data.groups[data.group[item]]);
  if (isOne(item)) fact('Kind', 'One-of-one');
  const rank = (place, score) => number(place) + ' of ' + number(total) + (isOne(item) ? '' : ' (' + score + ')');
  fact('Rank by information content', rank(data.rankInformation[item], thousandths(data.information[item]) + ' bits'), 'number');
  fact('Rank by trait rarity', rank(data.rankTrait[item], thousandths(data.score[item])), 'number');
  const table = make('table');
  if (isOne(item)) {
    for (const [name, value] of data.ones[data.editions[item]] || []) table.append(row([[name], [value]]));
  } else {
    table.append(row([['Layer'], ['Trait'], ['Items', 'number'], ['Share', 'number']], 'th'));
    data.layers.forEach((layer, at) => {
      for (const place of data.sets[at][data.rows[at][item]]) {
        const choice = layer.choices[place];
        const trait = button(choice.name === null ? 'trait absent' : 'trait', choiceName(choice), () => showOnly('trait.' + layer.name, place));
        trait.title = 'Show all items with this trait';
        table.append(row([[layer.name], [trait], [number(choice.items), 'number'], [percent(choice.share), 'number']]));
      }
    });
  }
  const figure = make('figure');
  const large = picture(item, nameOf(item), 320);
  large.style.aspectRatio = data.shape.join(' / ');
  const full = fullPicture(item);
  if (pools) pools.show(item, figure, large);
  else if (full) {
    const link = (content) => {
      const anchor = make('a');
      anchor.href = full;
      anchor.target = '_blank';
      anchor.rel = 'noopener';
      anchor.append(content);
      return anchor;
    };
    const line = make('p');
    line.append(link('Open the full picture'));
    figure.append(link(large), line);
    // The thumbnail is shown until the full picture is there, and where it is missing.
    const image = large.querySelector('img');
    const whole = make('img');
    whole.addEventListener('load', () => { image.src = full; });
    whole.src = full;
  } else figure.append(large);
  const right = make('div');
  right.append(facts, scrolling(table));
  byId('detail-body').replaceChildren(figure, right);
  const place = view.indexOf(item);
  byId('before').disabled = place <= 0;
  byId('after').disabled = place < 0 || place === view.length - 1;
  if (!detail.open) detail.showModal();
  detail.scrollTop = 0;
};

const open = (item) => {
  const first = !detail.open;
  showItem(item);
  remember(first);
};
const step = (by) => {
  const place = view.indexOf(opened) + by;
  if (opened >= 0 && place >= 0 && place < view.length && view.includes(opened)) open(view[place]);
};
byId('before').addEventListener('click', () => step(-1));
byId('after').addEventListener('click', () => step(1));
detail.addEventListener('keydown', (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by) { event.preventDefault(); step(by); }
});
const closed = () => {
  if (pools) pools.stop();
  const place = view.indexOf(opened);
  opened = -1;
  forgetItem();
  if (place >= 0) focus(place);
};
// Escape closes without asking. The event comes a moment later, when the next item can be open.
detail.addEventListener('close', () => { if (opened >= 0 && !detail.open) closed(); });

// Leaves the item for all items with one choice.
const showOnly = (key, choice) => {
  clear();
  want(facets.find((facet) => facet.key === key), choice, true);
  update();
  opened = -1;
  remember();
  detail.close();
  scrollTo(0, 0);
};

// --- all traits ---

const listAll = () => {
  const asked = data.layers.some((layer) => layer.choices.some((choice) => choice.by_weight !== undefined));
  const parts = [];
  for (const layer of data.layers) {
    const table = make('table');
    const head = [['Trait'], ['Items', 'number'], ['Share', 'number']];
    if (asked) head.push(['By weight', 'number'], ['Expected', 'number'], ['Required', 'number']);
    table.append(row(head, 'th'));
    for (const choice of layer.choices) {
      const name = make('span', choice.name === null ? 'absent' : '', choiceName(choice));
      const cells = [[name], [number(choice.items), 'number'], [percent(choice.share), 'number']];
      if (asked) {
        const { by_weight: weight, expected, min = null, max = null } = choice;
        const range = min === null ? '' : max === null ? 'at least ' + number(min) : min === max ? number(min) : number(min) + ' to ' + number(max);
        cells.push([weight === undefined ? '' : percent(weight), 'number'], [expected === undefined || expected === null ? '' : percent(expected), 'number'], [range, 'number']);
      }
      table.append(row(cells));
    }
    parts.push(make('h3', '', layer.name), scrolling(table));
  }
  byId('traits-body').replaceChildren(...parts);
  byId('traits').showModal();
};
byId('all-traits').addEventListener('click', listAll);
document.querySelectorAll('dialog .close').forEach((element) => element.addEventListener('click', () => {
  const dialog = element.closest('dialog');
  dialog.close();
  if (dialog === detail) closed();
}));
