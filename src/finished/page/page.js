'use strict';
// Everything that is shown comes from the data below and is set as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const total = data.editions.length;
  const number = new Intl.NumberFormat('en').format;
  const percent = (share) => (share * 100).toFixed(2) + '%';
  const thousandths = (value) => (value === null ? '–' : (value / 1000).toFixed(3));
  const byId = (id) => document.getElementById(id);

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const nameOf = (item) => data.names[item] || (data.name ? data.name + ' #' : '#') + data.editions[item];
  const isOne = (item) => data.information[item] === null;

  // --- what can be filtered by: layers, and groups and one-of-ones where there are any ---

  const facets = data.layers.map((layer, at) => ({ name: layer.name, choices: layer.choices, sets: data.sets[at], of: Int32Array.from(data.rows[at]) }));
  if (data.groups.length) {
    const choices = data.groups.map((name, at) => ({ name, items: data.group.reduce((sum, group) => sum + (group === at), 0) }));
    facets.unshift({ name: 'Group', choices, of: Int32Array.from(data.group) });
  }
  const ones = data.information.reduce((sum, bits) => sum + (bits === null), 0);
  if (ones) {
    const choices = [{ name: 'Of traits', items: total - ones }, { name: 'One-of-one', items: ones }];
    facets.unshift({ name: 'Kind', choices, of: Int32Array.from(data.information, (bits) => Number(bits === null)) });
  }
  for (const facet of facets) {
    // What an item shows is a set of choices: nearly always one, several where layers of one name show different things.
    facet.sets = facet.sets || facet.choices.map((_, at) => [at]);
    facet.wanted = new Uint8Array(facet.choices.length);
    facet.any = false;
    facet.counts = new Int32Array(facet.choices.length);
  }

  const none = [];
  const chosen = (facet, item) => (facet.of[item] < 0 ? none : facet.sets[facet.of[item]]);

  // --- orders ---

  const ordered = (key) => Uint32Array.from({ length: total }, (_, item) => item).sort((a, b) => key[a] - key[b] || data.editions[a] - data.editions[b]);
  const orders = { information: ordered(data.rankInformation), trait: ordered(data.rankTrait), edition: ordered(data.editions) };

  // --- thumbnails: some to a block, cut apart when the first of them is shown ---

  const blocks = new Map();
  const sourceOf = (item) => {
    const at = Math.floor(item / data.thumbnails.block);
    if (!blocks.has(at)) {
      const block = byId('t' + at);
      // Not there yet: the page is still being read.
      if (!block) return '';
      blocks.set(at, block.textContent.split(','));
    }
    const text = blocks.get(at)[item % data.thumbnails.block];
    switch (text && text[0]) {
      case 'j': return 'data:image/jpeg;base64,' + data.thumbnails.header + text.slice(1);
      case 'J': return 'data:image/jpeg;base64,' + text.slice(1);
      case 'w': return 'data:image/webp;base64,' + text.slice(1);
      default: return '';
    }
  };
  const picture = (item, alt) => {
    const box = make('div', 'picture');
    const image = make('img', data.thumbnails.pixels ? 'pixels' : '');
    image.alt = alt;
    image.decoding = 'async';
    const source = sourceOf(item);
    if (source) image.src = source;
    box.append(image);
    return box;
  };

  // --- the view: which items, in which order ---

  const grid = byId('grid');
  let view = [];
  let shown = new Map();
  let columns = 1;
  let cell = [0, 0];
  const GAP = 10;

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
      // A count says how many items there would be with this choice beside those of other layers.
      if (failures === 0) {
        passes[item] = 1;
        for (const facet of facets) for (const choice of chosen(facet, item)) facet.counts[choice]++;
      } else for (const choice of chosen(failed, item)) failed.counts[choice]++;
    }
    const order = orders[byId('sort').value];
    view = Array.from(order).filter((item) => passes[item]);
    if (byId('order').value === 'last') view.reverse();
    byId('count').textContent = view.length === total ? number(total) + ' items' : number(view.length) + ' of ' + number(total) + ' items';
    byId('none').hidden = view.length > 0;
    byId('reset').disabled = !active.length && !found;
    for (const facet of facets) {
      facet.labels.forEach((label, choice) => {
        label.many.textContent = number(facet.counts[choice]);
        label.row.classList.toggle('empty', facet.counts[choice] === 0);
      });
    }
    grid.replaceChildren();
    shown = new Map();
    layout();
  };

  const layout = () => {
    const width = grid.clientWidth;
    columns = Math.max(2, Math.floor((width + GAP) / (132 + GAP)));
    const side = Math.floor((width - GAP * (columns - 1)) / columns);
    cell = [side, side + 46];
    grid.style.height = Math.ceil(view.length / columns) * (cell[1] + GAP) + 'px';
    grid.replaceChildren();
    shown = new Map();
    draw();
  };

  const card = (place) => {
    const item = view[place];
    const button = make('button', 'card');
    button.type = 'button';
    button.dataset.place = place;
    button.dataset.edition = data.editions[item];
    button.style.width = cell[0] + 'px';
    button.style.height = cell[1] + 'px';
    button.style.left = (place % columns) * (cell[0] + GAP) + 'px';
    button.style.top = Math.floor(place / columns) * (cell[1] + GAP) + 'px';
    const byTrait = byId('sort').value === 'trait';
    const rank = isOne(item) ? 'one-of-one' : 'rank ' + number((byTrait ? data.rankTrait : data.rankInformation)[item]);
    // The collection's name before each number would hide the numbers.
    const short = data.names[item] || '#' + data.editions[item];
    button.append(picture(item, ''), make('span', 'name', short), make('span', 'rank', rank));
    return button;
  };

  const draw = () => {
    const top = -grid.getBoundingClientRect().top;
    const line = cell[1] + GAP;
    const first = Math.max(0, Math.floor(top / line) - 1) * columns;
    const last = Math.min(view.length, (Math.ceil((top + innerHeight) / line) + 1) * columns);
    for (const [place, element] of shown) {
      if (place < first || place >= last) {
        // What has the focus stays, so that the keyboard goes on from there.
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
    const top = Math.floor(bounded / columns) * (cell[1] + GAP);
    const at = grid.getBoundingClientRect().top + top;
    if (at < 0) scrollBy(0, at - GAP);
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
    const button = event.target.closest('.card');
    if (button) open(Number(button.dataset.place));
  });

  // --- one item, large ---

  const detail = byId('detail');
  let opened = 0;
  const row = (cells, tag) => {
    const line = make('tr');
    cells.forEach(([text, className]) => line.append(make(tag || 'td', className, text)));
    return line;
  };
  const open = (place) => {
    opened = Math.max(0, Math.min(view.length - 1, place));
    const item = view[opened];
    byId('detail-name').textContent = nameOf(item);
    const facts = make('dl', 'facts');
    const fact = (key, value) => {
      const line = make('div');
      line.append(make('dt', '', key), make('dd', '', value));
      facts.append(line);
    };
    fact('Number', String(data.editions[item]));
    if (data.groups.length && data.group[item] >= 0) fact('Group', data.groups[data.group[item]]);
    if (isOne(item)) fact('Kind', 'one-of-one');
    fact('Rank by information', number(data.rankInformation[item]) + (isOne(item) ? '' : ' (' + thousandths(data.information[item]) + ' bits)'));
    fact('Rank by trait rarity', number(data.rankTrait[item]) + (isOne(item) ? '' : ' (' + thousandths(data.score[item]) + ')'));
    const table = make('table');
    if (isOne(item)) {
      for (const [name, value] of data.ones[data.editions[item]] || []) table.append(row([[name], [value]]));
    } else {
      table.append(row([['Layer'], ['Trait'], ['Items', 'number'], ['Share', 'number']], 'th'));
      data.layers.forEach((layer, at) => {
        for (const place of data.sets[at][data.rows[at][item]]) {
          const choice = layer.choices[place];
          table.append(row([[layer.name], [choice.name === null ? 'none' : choice.name, choice.name === null ? 'absent' : ''], [number(choice.items), 'number'], [percent(choice.share), 'number']]));
        }
      });
    }
    const right = make('div');
    right.append(facts, table);
    byId('detail-body').replaceChildren(picture(item, nameOf(item)), right);
    byId('before').disabled = opened === 0;
    byId('after').disabled = opened === view.length - 1;
    if (!detail.open) detail.showModal();
  };
  byId('before').addEventListener('click', () => open(opened - 1));
  byId('after').addEventListener('click', () => open(opened + 1));
  detail.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) { event.preventDefault(); open(opened + step); }
  });
  detail.addEventListener('close', () => focus(opened));

  // --- all traits ---

  const listAll = () => {
    const asked = data.layers.some((layer) => layer.choices.some((choice) => choice.by_weight !== undefined));
    const parts = [];
    for (const layer of data.layers) {
      const table = make('table');
      const head = [['Trait'], ['Items', 'number'], ['Share', 'number']];
      if (asked) head.push(['By weight', 'number'], ['Expected', 'number'], ['Asked', 'number']);
      table.append(row(head, 'th'));
      for (const choice of layer.choices) {
        const cells = [[choice.name === null ? 'none' : choice.name, choice.name === null ? 'absent' : ''], [number(choice.items), 'number'], [percent(choice.share), 'number']];
        if (asked) {
          const { by_weight: weight, expected, min = null, max = null } = choice;
          const range = min === null ? '' : max === null ? 'at least ' + number(min) : min === max ? number(min) : number(min) + ' to ' + number(max);
          cells.push([weight === undefined ? '' : percent(weight), 'number'], [expected === undefined || expected === null ? '' : percent(expected), 'number'], [range, 'number']);
        }
        table.append(row(cells));
      }
      parts.push(make('h3', '', layer.name), table);
    }
    byId('traits-body').replaceChildren(...parts);
    byId('traits').showModal();
  };
  byId('all-traits').addEventListener('click', listAll);
  document.querySelectorAll('dialog .close').forEach((button) => button.addEventListener('click', () => button.closest('dialog').close()));

  // --- filters ---

  facets.forEach((facet) => {
    const field = make('fieldset');
    field.append(make('legend', '', facet.name));
    const list = make('div', 'choices');
    facet.labels = facet.choices.map((choice, at) => {
      const label = make('label');
      const box = make('input');
      box.type = 'checkbox';
      box.addEventListener('change', () => {
        facet.wanted[at] = Number(box.checked);
        facet.any = facet.wanted.includes(1);
        update();
      });
      const many = make('span', 'many');
      label.append(box, make('span', choice.name === null ? 'what absent' : 'what', choice.name === null ? 'none' : choice.name), many);
      list.append(label);
      return { row: label, box, many };
    });
    field.append(list);
    byId('facets').append(field);
  });
  byId('reset').addEventListener('click', () => {
    byId('search').value = '';
    for (const facet of facets) {
      facet.wanted.fill(0);
      facet.any = false;
      facet.labels.forEach((label) => { label.box.checked = false; });
    }
    update();
  });
  ['sort', 'order'].forEach((id) => byId(id).addEventListener('change', update));
  byId('search').addEventListener('input', update);
  addEventListener('scroll', soon, { passive: true });
  let width = 0;
  new ResizeObserver(() => {
    if (grid.clientWidth !== width) { width = grid.clientWidth; layout(); } else soon();
  }).observe(document.documentElement);

  // On a narrow screen the filters begin closed.
  byId('filters').open = !matchMedia('(max-width: 46rem)').matches;
  width = grid.clientWidth;
  update();
  requestAnimationFrame(() => setTimeout(() => performance.mark('items-shown')));
  // The first thumbnails may stand behind what was read so far.
  document.addEventListener('DOMContentLoaded', layout);
})();
