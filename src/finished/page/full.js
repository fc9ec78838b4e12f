// Full pictures out of a pool (web/pool.js): joined in the page when an item is shown, and kept for going back and forth.
const pools = data.pool && (() => {
  // Pictures that are kept, at most.
  const MOST = 8;
  // By item the address and the file name of its picture, the last shown last.
  const kept = new Map();
  let pool = null;
  // What is read now: item, what stops it, and the promise of its picture.
  let reading = null;
  // The line below the picture that is shown.
  let line = null;

  const open = () => {
    const onwarning = (text) => { if (line) line.append(make('small', '', text)); };
    pool ??= library.openPool(data.pool, { onwarning }).catch((error) => {
      // Another try may find a server that answers again.
      pool = null;
      throw error;
    });
    return pool;
  };
  const keep = (item, picture) => {
    kept.delete(item);
    kept.set(item, picture);
    for (const [other, { address }] of kept) {
      if (kept.size <= MOST) break;
      URL.revokeObjectURL(address);
      kept.delete(other);
    }
    return picture;
  };
  const read = async (item, signal) => {
    const from = await open();
    const edition = data.editions[item];
    const [bytes, name] = await Promise.all([from.picture(edition, { signal }), from.fileName(edition, { signal })]);
    signal.throwIfAborted();
    return { name, address: URL.createObjectURL(new Blob([bytes], { type: from.sizes[0].type })) };
  };
  const stop = () => {
    if (reading) reading.controller.abort();
    reading = null;
    line = null;
  };
  const start = (item) => {
    if (kept.has(item)) return keep(item, kept.get(item));
    if (!reading) {
      const controller = new AbortController();
      const picture = read(item, controller.signal).then((made) => keep(item, made));
      const own = reading = { item, controller, picture };
      picture.catch(() => {}).then(() => { if (reading === own) reading = null; });
    }
    return reading.picture;
  };

  const link = (content, { address, name }, saves) => {
    const anchor = make('a');
    anchor.href = address;
    if (saves) anchor.download = name;
    else { anchor.target = '_blank'; anchor.rel = 'noopener'; }
    anchor.append(content);
    return anchor;
  };
  // Shows the thumbnail `box` of an item in `figure`, and its full picture as soon as it is read.
  const show = async (item, figure, box) => {
    if (reading && reading.item !== item) stop();
    const own = line = make('p', 'full');
    own.setAttribute('role', 'status');
    figure.replaceChildren(box, own);
    if (!kept.has(item)) own.textContent = 'Reading the full picture…';
    try {
      const picture = await start(item);
      if (line !== own) return;
      box.querySelector('img').src = picture.address;
      own.firstChild?.remove();
      own.prepend(link('Open the full picture', picture), ' ', link('Save', picture, true));
      figure.prepend(link(box, picture));
    } catch (error) {
      if (line !== own) return;
      own.replaceChildren('The full picture cannot be read.', make('small', '', error.message), button('', 'Try again', () => show(item, figure, box)));
    }
  };
  return { show, stop };
})();
