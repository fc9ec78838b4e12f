// Filters: a choice beside others of its layer, and all layers together; a column, or on a narrow screen a drawer.
const narrow = matchMedia('(max-width: 46rem)');

const want = (facet, choice, wanted) => {
  facet.wanted[choice] = Number(wanted);
  facet.any = facet.wanted.includes(1);
  facet.labels[choice].box.checked = wanted;
};
const clear = () => {
  byId('search').value = '';
  for (const facet of facets) facet.wanted.forEach((wanted, choice) => { if (wanted) want(facet, choice, false); });
};
// Scrolls past the heading, so that the bar and the first results are in view.
const heading = () => Math.ceil(document.querySelector('header').getBoundingClientRect().height);
const toResults = () => scrollTo(0, heading());
const changed = () => {
  update();
  remember();
  if (scrollY > heading()) toResults();
};

facets.forEach((facet) => {
  const fold = make('details', 'facet');
  const summary = make('summary');
  facet.note = make('span', 'chosen');
  summary.append(make('span', 'layer', facet.name), facet.note);
  const list = make('div', 'choices');
  list.setAttribute('role', 'group');
  list.setAttribute('aria-label', facet.name);
  facet.labels = facet.choices.map((choice, at) => {
    const label = make('label');
    const box = make('input');
    box.type = 'checkbox';
    box.addEventListener('change', () => { want(facet, at, box.checked); changed(); });
    const many = make('span', 'many');
    label.append(box, make('span', choice.name === null ? 'what absent' : 'what', choiceName(choice)), many);
    list.append(label);
    return { row: label, box, many };
  });
  fold.append(summary, list);
  byId('facets').append(fold);
});

// What is chosen, and how many items each choice would leave.
const showFilters = () => {
  const active = [];
  const words = byId('search').value.trim();
  const chip = (text, remove) => {
    const item = make('li');
    const element = button('', text + ' \u00d7', () => { remove(); changed(); });
    element.setAttribute('aria-label', 'Remove the filter ' + text);
    item.append(element);
    active.push(item);
  };
  if (words) chip('\u201c' + words + '\u201d', () => { byId('search').value = ''; });
  for (const facet of facets) {
    let count = 0;
    facet.labels.forEach((label, choice) => {
      label.many.textContent = number(facet.counts[choice]);
      label.row.classList.toggle('empty', facet.counts[choice] === 0);
      if (!facet.wanted[choice]) return;
      count++;
      chip(facet.name + ': ' + choiceName(facet.choices[choice]), () => want(facet, choice, false));
    });
    facet.note.textContent = count ? number(count) + ' selected' : '';
  }
  byId('reset').disabled = !active.length;
  byId('open-filters').textContent = active.length ? 'Filters (' + number(active.length) + ')' : 'Filters';
  if (active.length > 1) {
    const item = make('li');
    item.append(button('clear', 'Clear all', () => { clear(); changed(); }));
    active.push(item);
  }
  byId('active').replaceChildren(...active);
  byId('active').hidden = !active.length;
};

byId('reset').addEventListener('click', () => { clear(); changed(); });
['sort', 'ranking'].forEach((id) => byId(id).addEventListener('change', changed));
byId('search').addEventListener('input', changed);

// --- the drawer ---

const setDrawer = (isOpen) => {
  document.body.classList.toggle('filtering', isOpen);
  byId('open-filters').setAttribute('aria-expanded', String(isOpen));
  if (isOpen) toResults();
  byId(isOpen ? 'close-filters' : 'open-filters').focus({ preventScroll: true });
};
byId('open-filters').addEventListener('click', () => setDrawer(!document.body.classList.contains('filtering')));
byId('close-filters').addEventListener('click', () => setDrawer(false));
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && document.body.classList.contains('filtering') && !document.querySelector('dialog[open]')) setDrawer(false);
});
const fold = () => document.querySelectorAll('#facets .facet').forEach((facet) => { facet.open = !narrow.matches; });
narrow.addEventListener('change', fold);
