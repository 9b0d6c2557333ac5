// How many jobs there were, how they ended and how long they took.

import { element, note, problem } from '../dom.js';
import { onLive } from '../live.js';
import { request } from '../server.js';
import { duration, percent } from '../words.js';

export function statistics(container, signal) {
  const load = async () => {
    try {
      const { statistics: found } = await request('/jobs/stats');
      if (!signal.aborted) container.replaceChildren(...draw(found));
    } catch (error) {
      if (!signal.aborted) container.replaceChildren(problem(error));
    }
  };
  onLive('history', load, signal);
  load();
}

function draw(found) {
  const facts = [
    ['Jobs', found.total_jobs],
    ['Open', found.active_jobs],
    ['Completed of those that ended by themselves', percent(found.success_rate)],
    ['Average time', duration(found.average_duration_seconds)],
  ];
  return [
    element('dl', { className: 'am-facts' }, ...facts.flatMap(([name, value]) => fact(name, value))),
    ...bars('By status', found.status_counts),
    ...bars('By workflow', found.workflow_counts),
  ];
}

function fact(name, value) {
  return [element('dt', {}, name), element('dd', {}, String(value))];
}

/** Counts as bars, the largest first; each number is there as text too. */
function bars(title, counts) {
  const rows = Object.entries(counts).filter(([, count]) => count > 0);
  rows.sort(([, one], [, other]) => other - one);
  const largest = rows[0]?.[1] ?? 1;
  const body = rows.map(([name, count]) =>
    element(
      'div',
      { className: 'am-bar' },
      element('span', { className: 'am-name', title: name }, name),
      element('meter', { max: largest, value: count, attributes: { 'aria-label': name } }),
      element('span', { className: 'am-count' }, String(count)),
    ),
  );
  return [element('h3', {}, title), ...(body.length ? body : [note('None yet.')])];
}
