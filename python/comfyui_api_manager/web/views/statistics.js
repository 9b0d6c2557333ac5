// How many jobs there were, how they ended and how long they took.

import { element, note, problem, soon } from '../dom.js';
import { onLive } from '../live.js';
import { request } from '../server.js';
import { duration, percent } from '../words.js';

/** Many jobs may end at once: what came of it is asked for so seldom, in milliseconds. */
const REFRESH_MS = 1000;
/** Workflows at most, those with most jobs. */
const MOST = 15;
/** Where nothing is known yet. */
const NONE = '–';

export function statistics(container, signal) {
  const load = async () => {
    try {
      const { statistics: found } = await request('/jobs/stats');
      if (!signal.aborted) container.replaceChildren(...draw(found));
    } catch (error) {
      if (!signal.aborted) container.replaceChildren(problem(error, load));
    }
  };
  onLive('history', soon(load, REFRESH_MS, signal), signal);
  load();
}

function draw(found) {
  const { completed = 0, failed = 0 } = found.status_counts;
  const facts = [
    ['Jobs', found.total_jobs],
    ['Open', found.active_jobs],
    ['Completed of those that ended by themselves', completed + failed > 0 ? percent(found.success_rate) : NONE],
    ['Average time', duration(found.average_duration_seconds) || NONE],
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
  const body = rows.slice(0, MOST).map(([name, count]) =>
    element(
      'div',
      { className: 'am-bar' },
      element('span', { className: 'am-name', title: name }, name),
      element('meter', { max: largest, value: count, attributes: { 'aria-label': name } }),
      element('span', { className: 'am-count' }, String(count)),
    ),
  );
  if (body.length === 0) body.push(note('None yet.'));
  if (rows.length > MOST) body.push(note(`and ${rows.length - MOST} more`));
  return [element('h3', {}, title), ...body];
}
