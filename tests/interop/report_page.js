/* Runs inside report.html (90 layers, 24 histograms), after its own script: works every control and
 * leaves what it found in the body's data-result. */
'use strict';
(function () {
  const results = [], $ = (id) => document.getElementById(id);
  const check = (name, fine) => results.push((fine ? 'ok ' : 'FAILED ') + name);
  const rows = () => [...document.querySelectorAll('#layer-table tbody tr')];
  const shown = () => rows().filter((row) => !row.hidden);
  const head = document.querySelector('#layer-table th[data-key=sqnr_db]');
  const values = () => rows().map((row) => Number(row.cells[head.cellIndex].dataset.v));
  const panel = $('panel'), chart = $('layer-chart');
  const opened = (text) => {
    const fine = panel.open && panel.textContent.includes(text);
    panel.close();
    return fine;
  };
  const type = (id, value, event) => {
    $(id).value = value;
    $(id).dispatchEvent(new Event(event));
  };

  head.querySelector('button').click();
  check('sorts upwards', head.getAttribute('aria-sort') === 'ascending' &&
    values().every((x, i, all) => !i || all[i - 1] <= x));
  head.querySelector('button').click();
  check('sorts downwards', head.getAttribute('aria-sort') === 'descending' &&
    values().every((x, i, all) => !i || all[i - 1] >= x));
  check('one column is sorted',
    document.querySelectorAll('#layer-table th[aria-sort]').length === 1);

  type('find', 'DEPTHWISE 1', 'input');
  check('finds', shown().length > 0 && shown().length < 90 &&
    shown().every((row) => row.textContent.includes('depthwise')));
  check('says how many', $('found').textContent === shown().length + ' of 90 layers');
  type('find', '', 'input');
  type('precision', 'f32', 'change');
  check('filters by precision', shown().length === 3);
  type('precision', '', 'change');
  check('shows all again', shown().length === 90 && $('found').textContent === '90 layers');

  document.querySelector('header a[href^="#layer-"]').click();
  check('worst layer opens', opened('9.5 dB'));
  document.querySelector('#layer-0 button').click();
  check('histogram is in the panel', panel.querySelector('.hist svg') !== null);
  panel.querySelector('.close').click();
  check('panel closes', !panel.open);

  chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
  check('arrow keys name a bar', $('chart-caption').textContent.includes('_89'));
  chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
  check('Enter opens a bar', opened('_89'));
  chart.querySelector('rect[data-i="52"]')
    .dispatchEvent(new MouseEvent('click', { bubbles: true }));
  check('a click opens a bar', opened('_52'));

  const network = $('network'), figure = $('network-figure');
  check('the graph has every layer', network.querySelectorAll('rect[data-i]').length === 90);
  const fill = () => getComputedStyle(network.querySelector('rect[data-i="52"]')).fill;
  const byPrecision = fill();
  type('network-colour', 'error', 'change');
  check('colours by error', figure.dataset.by === 'error' && fill() !== byPrecision);
  network.querySelector('rect[data-i="52"]')
    .dispatchEvent(new MouseEvent('click', { bubbles: true }));
  check('the graph opens a layer', opened('_52'));
  network.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
  check('arrow keys in the graph', $('network-caption').textContent.includes('_0'));

  $('layer-3').querySelector('button').click();
  const name = $('layer-3').querySelector('td.name').dataset.name;
  check('the address names the layer', decodeURIComponent(location.hash) === '#layer=' + name);
  check('the layer is marked in the table and in the graph',
    $('layer-3').classList.contains('chosen') &&
    network.querySelector('rect[data-i="3"]').classList.contains('chosen') &&
    document.querySelectorAll('tr.chosen').length === 1);
  const places = [...panel.querySelectorAll('.places button')];
  check('the panel leads to the table and to the graph', places.length === 2);
  places[0].click();
  check('leading there closes the panel', !panel.open);
  const width = () => network.getBoundingClientRect().width, usual = width();
  $('zoom-in').click();
  check('zooms in', width() > usual);
  $('zoom-fit').click();
  check('fits', network.parentElement.scrollWidth <= network.parentElement.clientWidth + 1);
  check('the links fit', [...document.querySelectorAll('nav a')].every((a) =>
    a.getBoundingClientRect().right <= innerWidth));

  const whatIf = $('what-if'), boxes = [...document.querySelectorAll('.tick input')];
  const predicted = (pattern) => Number(whatIf.textContent.match(pattern)[1]);
  const sqnr = () => predicted(/SQNR [\d.]+ \u2192 ([\d.]+) dB/);
  const ms = () => predicted(/latency [\d.]+ \u2192 ([\d.]+) ms/);
  check('every layer can be left in floating point', boxes.length === 90);
  check('those that are so are ticked', boxes.filter((b) => b.checked).length === 3);
  const before = [sqnr(), ms(), predicted(/size [\d.]+ \u2192 ([\d.]+) MB/)];
  for (const box of boxes.slice(0, 9)) box.click();
  check('the prediction moves', sqnr() > before[0] && ms() > before[1] &&
    predicted(/size [\d.]+ \u2192 ([\d.]+) MB/) > before[2]);
  check('the command names the layers', (whatIf.querySelector('code').textContent
    .match(/--ignore '/g) || []).length === 12);
  [...whatIf.querySelectorAll('button')].find((b) => b.textContent === 'As measured').click();
  check('back to what was measured', sqnr() === before[0]);

  const hidden = () => document.querySelectorAll('#histograms .hist[hidden]').length;
  check('a dozen histograms', hidden() === 12);
  document.querySelector('.more').click();
  check('all histograms', hidden() === 0);
  /* -- by keyboard and screen reader ---------------------------------------------------------- */
  const all = (selector) => [...document.querySelectorAll(selector)];
  const named = (e) => (e.getAttribute('aria-label') || e.textContent || e.title).trim() !== '' ||
    (e.labels && e.labels.length > 0) || e.closest('label') !== null;
  check('the page says its language and its title',
    document.documentElement.lang === 'en' && document.title !== '');
  check('one main, one first heading', all('main').length === 1 && all('h1').length === 1);
  check('every table has a caption', all('table').every((t) => t.caption?.textContent));
  check('every head cell has a scope', all('th').every((th) => th.scope));
  check('every control has a name', all('button, a, input, select, summary').every(named));
  check('every drawing is named or hidden', all('svg').every((svg) =>
    svg.getAttribute('aria-label') || svg.closest('[aria-hidden=true], [aria-label]')));
  check('what scrolls can be reached by keyboard', all('.scroll, .layers-box').every((box) =>
    box.tabIndex === 0 || box.scrollWidth <= box.clientWidth || box.querySelector('[tabindex]')));
  check('pictures have a text', all('img').every((img) => img.hasAttribute('alt')));
  check('no order of its own', all('[tabindex]').every((e) => e.tabIndex <= 0));
  check('no id twice', new Set(all('[id]').map((e) => e.id)).size === all('[id]').length);
  check('nothing is wider than the window', document.documentElement.scrollWidth <= innerWidth);
  document.body.dataset.result = results.join('; ');
}());
