'use strict';
(function () {
  const $ = (id) => document.getElementById(id);
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  document.documentElement.classList.add('js');
  for (const tools of document.querySelectorAll('.tools')) tools.hidden = false;

  /* -- sorting: every table that is too long for a glance --------------------------------- */
  const glance = 6;
  const value = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return cell.classList.contains('n') ? NaN : cell.textContent.trim().toLowerCase();
  };
  const order = (a, b) => {
    if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b);
    return a < b ? -1 : a > b ? 1 : 0;
  };
  function sortBy(table, column, direction) {
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => [value(row, column), row]);
    const missing = (x) => x !== x || x === '-' || x === '';
    keyed.sort(([a], [b]) => {
      if (missing(a) || missing(b)) return missing(a) - missing(b);
      return direction * order(a, b);
    });
    body.append(...keyed.map(([, row]) => row));
    for (const th of table.tHead.rows[0].cells) th.removeAttribute('aria-sort');
    table.tHead.rows[0].cells[column].setAttribute('aria-sort',
      direction > 0 ? 'ascending' : 'descending');
  }
  for (const table of document.querySelectorAll('table')) {
    if (table.tBodies[0].rows.length <= glance) continue;
    [...table.tHead.rows[0].cells].forEach((th, column) => {
      if (!th.textContent) return;
      const button = make('button', th.textContent);
      button.type = 'button';
      th.replaceChildren(button);
      button.addEventListener('click', () => {
        sortBy(table, column, th.getAttribute('aria-sort') === 'ascending' ? -1 : 1);
      });
    });
  }

  /* -- one layer in a panel --------------------------------------------------------------- */
  const panel = $('panel');
  const table = $('layer-table');
  const histograms = [...document.querySelectorAll('.hist')];
  const heads = table ? [...table.tHead.rows[0].cells] : [];
  const nameColumn = heads.findIndex((th) => th.dataset.key === 'name');

  const nameOf = (row) => row.cells[nameColumn].dataset.name || row.cells[nameColumn].textContent;
  const layerRows = table && nameColumn >= 0 ? [...table.tBodies[0].rows] : [];

  /* the chosen layer is marked in the table and in the drawings, and named by the address */
  const setHash = (hash) => history.replaceState(null, '', hash);
  function choose(row) {
    for (const old of document.querySelectorAll('.chosen')) old.classList.remove('chosen');
    row.classList.add('chosen');
    row.classList.remove('late');
    for (const mark of document.querySelectorAll('rect[data-i="' + row.id.slice(6) + '"]'))
      mark.classList.add('chosen');
    setHash('#layer=' + encodeURIComponent(nameOf(row)));
  }
  function show(element) {
    panel.close();
    element.scrollIntoView({ block: 'center', inline: 'center' });
  }
  function places(row) {
    const box = make('p', undefined, 'places'), mark = document.querySelector(
      '#network rect[data-i="' + row.id.slice(6) + '"]');
    const add = (text, element) => {
      const button = make('button', text, 'push');
      button.type = 'button';
      button.addEventListener('click', () => show(element));
      box.append(button);
    };
    if (!row.hidden) add('Show in the table', row);
    if (mark) add('Show in the network', mark);
    return box;
  }

  function openLayer(row) {
    const name = nameOf(row);
    const title = make('h2', name), facts = make('dl'), close = make('button', '\u00d7', 'close');
    title.id = 'panel-title';
    close.type = 'button';
    close.setAttribute('aria-label', 'Close');
    close.addEventListener('click', () => panel.close());
    heads.forEach((th, i) => {
      const text = row.cells[i].textContent;
      if (i === nameColumn || text === '-') return;
      const term = make('dt', th.textContent);
      term.title = th.title;
      facts.append(term, make('dd', text));
    });
    panel.replaceChildren(title, close, facts, places(row));
    choose(row);
    for (const h of histograms) {
      if (h.dataset.layer !== name) continue;
      const copy = h.cloneNode(true);
      copy.hidden = false;
      panel.append(copy);
    }
    if (!panel.open) panel.showModal();
  }
  /* "#layer=NAME" opens that layer; so does "#layer-12", the id of its row */
  function followHash() {
    const hash = location.hash;
    if (!/^#layer[=-]/.test(hash)) return;
    let name = '';
    try { name = decodeURIComponent(hash.slice(7)); } catch { return; }
    const row = layerRows.find((r) => hash[6] === '=' ? nameOf(r) === name : '#' + r.id === hash);
    if (row) openLayer(row);
  }
  panel.addEventListener('close', () => {
    if (location.hash.startsWith('#layer')) setHash('#layers');
  });
  panel.addEventListener('click', (event) => {
    if (event.target === panel) panel.close();
  });

  if (table && nameColumn >= 0) {
    for (const row of layerRows) {
      const cell = row.cells[nameColumn], button = make('button', cell.textContent);
      button.type = 'button';
      button.title = nameOf(row);
      cell.replaceChildren(button);
    }
    table.tBodies[0].addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button) openLayer(button.closest('tr'));
    });
    document.addEventListener('click', (event) => {
      const link = event.target.closest('a[href^="#layer-"]');
      if (!link) return;
      event.preventDefault();
      openLayer(document.querySelector(link.getAttribute('href')));
    });
    setUpFilter();
    followHash();
    addEventListener('hashchange', followHash);
  }

  /* -- what if: layers that stay in floating point, where sensitivity was measured ---------- */
  if (table && table.dataset.command) setUpWhatIf();

  function setUpWhatIf() {
    const base = table.dataset, rows = layerRows.filter((r) => r.dataset.error !== undefined);
    const number = (x) => x === undefined ? NaN : Number(x);
    const all = rows.map((row) => ({
      row, name: nameOf(row), error: Math.max(Number(row.dataset.error), 0),
      ms: number(row.dataset.ms), bytes: number(base.more) * number(row.dataset.params),
      was: 'excluded' in row.dataset, box: make('input'),
    }));
    const head = make('th', 'Float', 'p1 tick');
    head.scope = 'col';
    head.title = 'Leave this layer in floating point: predicts SQNR, latency and size.';
    table.tHead.rows[0].append(head);
    for (const row of layerRows) row.append(make('td', undefined, 'p1 tick'));
    for (const layer of all) {
      layer.box.type = 'checkbox';
      layer.box.checked = layer.was;
      layer.box.setAttribute('aria-label', 'Leave ' + layer.name + ' in floating point');
      layer.row.lastElementChild.append(layer.box);
      layer.box.addEventListener('change', update);
    }
    const bar = make('div', undefined, 'whatif card'), text = make('p');
    const command = make('code'), copy = make('button', 'Copy command', 'push');
    const reset = make('button', 'As measured', 'push');
    const pick = make('label', 'Change a plan.json', 'push'), file = make('input');
    bar.id = 'what-if';
    text.setAttribute('role', 'status');
    for (const button of [copy, reset]) button.type = 'button';
    file.type = 'file';
    file.accept = '.json';
    file.className = 'hide';
    pick.append(file);
    const line = make('p', undefined, 'places');
    line.append(copy, pick, reset);
    bar.append(make('h3', 'What if other layers stayed in floating point'), text, command, line);
    document.querySelector('.layers-box').before(bar);

    /* Noise of layers adds up: the measured one is shared out by what each makes alone. */
    const sum = (list, key) => list.reduce((x, layer) => x + (layer[key] || 0), 0);
    const quantized = (key) => all.filter((layer) => !layer[key]);
    function predict() {
      const now = all.filter((l) => l.box.checked && !l.was);
      const back = all.filter((l) => !l.box.checked && l.was);
      const was = sum(quantized('was'), 'error');
      const left = sum(all.filter((l) => !l.box.checked), 'error');
      return {
        sqnr: left > 0 ? number(base.sqnr) - 10 * Math.log10(left / was) : Infinity,
        ms: number(base.ms) + sum(now, 'ms') - sum(back, 'ms'),
        bytes: number(base.bytes) + sum(now, 'bytes') - sum(back, 'bytes'),
      };
    }
    const quote = (name) => "'" + name.replace(/'/g, "'\\''") + "'";
    function commandOf() {
      const plain = base.command
        .replace(/^(\S*requant) (tune|analyze)\b/, '$1 quantize')
        .replace(/ --(max-drop|min-sqnr|max-trials|rows|images|csv|html)(=| )\S+/g, '')
        .replace(/ --(relative|json)\b/g, '')
        .replace(/ --ignore(=| )('([^']|'\\'')*'|\S+)/g, '');
      const where = / (-o|--output)\b/.test(plain) ? '' : ' -o out';
      return plain + where + all.filter((l) => l.box.checked).map((l) => ' --ignore ' + quote(l.name))
        .join('');
    }
    const shown = (title, before, after, unit, digits) => Number.isNaN(before) ? ''
      : title + ' ' + before.toFixed(digits) + ' \u2192 ' +
        (after === Infinity ? 'exact' : after.toFixed(digits) + unit);
    function update() {
      const p = predict(), n = all.filter((l) => l.box.checked).length;
      text.textContent = [n + ' of ' + all.length + ' layers in floating point; predicted: ' +
        shown('SQNR', number(base.sqnr), p.sqnr, ' dB', 1),
      shown('latency', number(base.ms), p.ms, ' ms', 2),
      shown('size', number(base.bytes) / 1e6, p.bytes / 1e6, ' MB', 2)].filter(Boolean).join(', ');
      command.textContent = commandOf();
    }
    copy.addEventListener('click', () => {
      const range = document.createRange();
      range.selectNodeContents(command);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (navigator.clipboard) navigator.clipboard.writeText(command.textContent).catch(() => {});
      else document.execCommand('copy');
    });
    reset.addEventListener('click', () => {
      for (const layer of all) layer.box.checked = layer.was;
      update();
    });
    file.addEventListener('change', async () => {
      const chosen = file.files[0];
      if (!chosen) return;
      try {
        const names = all.filter((l) => l.box.checked).map((l) => l.name);
        save(excludeFromPlan(JSON.parse(await chosen.text()), names), 'plan.json');
      } catch (error) {
        text.textContent = chosen.name + ' is no plan.json: ' + error.message;
      }
      file.value = '';
    });
    update();
  }

  /* The plan without codes of these layers; what only they read has none either. */
  function excludeFromPlan(plan, names) {
    const out = new Set(names), types = new Map(plan.weights.map((w) => [w.layer, w.type]));
    const known = new Set(plan.ignored_layers.map((l) => l.layer));
    const layerOf = (consumer) => consumer.replace(/:\d+$/, '');
    plan.weights = plan.weights.filter((w) => !out.has(w.layer));
    for (const a of plan.activations)
      a.consumers = a.consumers.filter((c) => !out.has(layerOf(c)));
    plan.activations = plan.activations.filter((a) => a.consumers.length);
    for (const name of names)
      if (types.has(name) && !known.has(name))
        plan.ignored_layers.push({ layer: name, type: types.get(name),
          reason: 'chosen in the report' });
    return plan;
  }
  function save(object, name) {
    const link = make('a');
    link.href = URL.createObjectURL(new Blob([JSON.stringify(object, null, 2) + '\n'],
      { type: 'application/json' }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  /* -- filtering -------------------------------------------------------------------------- */
  function setUpFilter() {
    const rows = layerRows, find = $('find'), choice = $('precision');
    const column = heads.findIndex((th) => th.dataset.key === 'precision_after');
    const types = column < 0 ? [] : [...new Set(rows.map((r) => r.cells[column].textContent))];
    for (const type of types.sort()) choice.append(make('option', type));
    choice.parentElement.hidden = types.length < 2;
    const text = rows.map((r) => [...r.cells].filter((c) => !c.classList.contains('n'))
      .map((c) => c.dataset.name || c.textContent).join('\n').toLowerCase());
    const update = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, i) => {
        const fits = words.every((word) => text[i].includes(word)) &&
          (!choice.value || row.cells[column].textContent === choice.value);
        row.hidden = !fits;
        shown += fits;
      });
      $('found').textContent = shown === rows.length ? rows.length + ' layers'
        : shown + ' of ' + rows.length + ' layers';
    };
    find.addEventListener('input', update);
    choice.addEventListener('change', update);
    update();
  }

  /* -- rows of a long table, laid out once the page is there ------------------------------ */
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 20));
  function showRows() {
    const rows = [...document.querySelectorAll('tr.late')].slice(0, 300);
    for (const row of rows) row.classList.remove('late');
    if (rows.length) idle(showRows, { timeout: 200 });
  }
  addEventListener('load', () => idle(showRows, { timeout: 200 }));

  /* -- drawings of layers: hover, click, arrow keys ----------------------------------------- */
  function wire(chart, caption) {
    const marks = [...chart.querySelectorAll('rect[data-i]')];
    const usual = caption.textContent;
    let at = -1;
    const point = (i) => {
      marks[at]?.classList.remove('on');
      at = i;
      marks[at]?.classList.add('on');
      caption.textContent = at < 0 ? usual : marks[at].querySelector('title').textContent;
    };
    const open = (mark) => openLayer($('layer-' + mark.dataset.i));
    caption.setAttribute('aria-live', 'polite');
    chart.addEventListener('pointerover', (event) => {
      const mark = event.target.closest('rect[data-i]');
      if (mark) point(marks.indexOf(mark));
    });
    chart.addEventListener('pointerleave', () => point(-1));
    chart.addEventListener('click', (event) => {
      const mark = event.target.closest('rect[data-i]');
      if (mark) open(mark);
    });
    chart.addEventListener('keydown', (event) => {
      const last = marks.length - 1;
      const moves = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, 0), Home: 0,
        End: last };
      if (event.key in moves) {
        point(moves[event.key]);
        marks[at]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      } else if (event.key === 'Enter' && at >= 0) open(marks[at]);
      else return;
      event.preventDefault();
    });
  }
  if ($('layer-chart')) wire($('layer-chart'), $('chart-caption'));
  if ($('network')) {
    wire($('network'), $('network-caption'));
    $('network-colour').addEventListener('change', (event) => {
      $('network-figure').dataset.by = event.target.value;
    });
    setUpZoom($('network'));
  }

  /* -- the network, larger and smaller: buttons, or the wheel with Ctrl -------------------------- */
  function setUpZoom(chart) {
    const box = chart.parentElement, usual = parseFloat(chart.style.width);
    let zoom = 1;
    /* what is at x, in pixels from the box's left side, stays there */
    const set = (value, x) => {
      const least = Math.min(1, box.clientWidth / usual), old = zoom;
      zoom = Math.min(Math.max(value, least), 8);
      chart.style.width = usual * zoom + 'px';
      chart.classList.toggle('near', usual * zoom / chart.viewBox.baseVal.width >= 2.5);
      box.scrollLeft = (box.scrollLeft + x) * zoom / old - x;
    };
    const middle = () => box.clientWidth / 2;
    $('zoom-in').addEventListener('click', () => set(zoom * 1.5, middle()));
    $('zoom-out').addEventListener('click', () => set(zoom / 1.5, middle()));
    $('zoom-fit').addEventListener('click', () => set(0, 0));
    box.addEventListener('wheel', (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      set(zoom * Math.exp(-event.deltaY / 300), event.clientX - box.getBoundingClientRect().left);
    }, { passive: false });
  }

  /* -- many figures: the first few, then all ------------------------------------------------ */
  for (const grid of document.querySelectorAll('.grid[data-few]')) {
    const figures = [...grid.children], rest = figures.slice(Number(grid.dataset.few));
    if (rest.length === 0) continue;
    const more = make('button', 'Show all ' + figures.length, 'more');
    more.type = 'button';
    rest.forEach((figure) => { figure.hidden = true; });
    more.addEventListener('click', () => {
      rest.forEach((figure) => { figure.hidden = false; });
      more.remove();
    });
    grid.after(more);
  }
}());
