/* Runs inside compare.html of four runs of a network of ten layers: works every control and leaves
 * what it found in the body's data-result. */
'use strict';
(function () {
  const results = [], $ = (id) => document.getElementById(id);
  const check = (name, fine) => results.push((fine ? 'ok ' : 'FAILED ') + name);
  const rows = () => [...document.querySelectorAll('#layer-table tbody tr')];
  const head = document.querySelector('#layer-table').tHead.rows[0].cells[4];
  const values = () => rows().map((row) => Number(row.cells[4].dataset.v));
  const panel = $('panel');

  check('a row per run and the original', $('runs').querySelectorAll('tbody tr').length === 5);
  check('ten layers', rows().length === 10);
  head.querySelector('button').click();
  check('sorts', head.getAttribute('aria-sort') === 'ascending' &&
    values().every((x, i, all) => !i || all[i - 1] <= x));
  $('find').value = 'multiply_40';
  $('find').dispatchEvent(new Event('input'));
  const shown = rows().filter((row) => !row.hidden);
  check('finds', shown.length === 4 && $('found').textContent === '4 of 10 layers');
  shown[0].querySelector('button').click();
  check('a layer opens', panel.open && panel.textContent.includes('fp16'));
  panel.querySelector('.close').click();
  check('panel closes', !panel.open);
  for (const link of document.querySelectorAll('nav a'))
    check('link ' + link.textContent, document.querySelector(link.getAttribute('href')) !== null);
  const points = [...document.querySelectorAll('.scatter a')];
  check('points link to their runs', points.every((a) =>
    document.querySelector(a.getAttribute('href')).cells[0].textContent ===
      a.querySelector('title').textContent.split(':')[0]));
  check('points are as many as timed runs', points.length === 0 || points.length === 5);
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
