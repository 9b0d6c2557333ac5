// Jobs that have ended or not, newest first: search, thumbnails, what went wrong.

import { button, element, note, problem } from '../dom.js';
import { onLive } from '../live.js';
import { addressOf, request } from '../server.js';
import { duration, moment, nameOf } from '../words.js';

const PAGE = 30;
/** Pause in typing after which the search begins, in milliseconds. */
const TYPING_MS = 250;
const STATUSES = ['all', 'pending', 'queued', 'running', 'completed', 'failed', 'cancelled'];

export function history(container, signal) {
  const search = element('input', {
    type: 'search',
    className: 'am-input',
    placeholder: 'Search',
    attributes: { 'aria-label': 'Search the history' },
  });
  const status = element(
    'select',
    { className: 'am-input', attributes: { 'aria-label': 'Status' } },
    ...STATUSES.map((each) => element('option', { value: each }, each)),
  );
  const list = element('ul', { className: 'am-list', attributes: { 'aria-label': 'History' } });
  const foot = element('div', { className: 'am-foot' });
  container.append(element('div', { className: 'am-row' }, search, status), list, foot);

  const load = loader({ search, status, list, foot, signal });
  let typing;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(load, TYPING_MS);
  });
  // The editor takes keys for shortcuts.
  search.addEventListener('keydown', (event) => event.stopPropagation());
  status.addEventListener('change', () => load());
  let due = null;
  onLive(
    'history',
    () => {
      // Many jobs may end at once.
      due ??= setTimeout(() => {
        due = null;
        if (!signal.aborted) load();
      }, TYPING_MS);
    },
    signal,
  );
  load();
}

/** A function that shows the first page, or adds the one after a cursor; the last call wins. */
function loader({ search, status, list, foot, signal }) {
  let latest = 0;
  return async function load(after = null) {
    const call = (latest += 1);
    const query = new URLSearchParams({ limit: PAGE });
    if (status.value !== 'all') query.set('status', status.value);
    if (search.value.trim()) query.set('search', search.value.trim());
    if (after) query.set('after', after);
    try {
      const { jobs, next } = await request(`/jobs?${query}`);
      if (call !== latest || signal.aborted) return;
      const rows = jobs.map(row);
      if (after) list.append(...rows);
      else list.replaceChildren(...rows);
      const more = next && button('Show more', () => load(next));
      foot.replaceChildren(more || (list.children.length ? '' : note('No job is like that.')));
    } catch (error) {
      if (call === latest) foot.replaceChildren(problem(error));
    }
  };
}

function row(job) {
  const facts = [moment(job.created_at), duration(job.duration), job.connection_name];
  return element(
    'li',
    { className: 'am-job' },
    element(
      'div',
      { className: 'am-row' },
      element('strong', { className: 'am-name', title: job.job_id }, nameOf(job)),
      element(
        'span',
        { className: 'am-status', attributes: { 'data-status': job.status } },
        job.status,
      ),
    ),
    element('p', { className: 'am-detail' }, facts.filter(Boolean).join(' · ')),
    job.error && problem({ message: job.error, hint: job.metadata?.hint }),
    thumbnails(job),
  );
}

function thumbnails(job) {
  const shown = job.outputs.filter((output) => output.preview_url);
  if (shown.length === 0) return null;
  return element('div', { className: 'am-thumbnails' }, ...shown.map(thumbnail));
}

function thumbnail(output) {
  const link = element('a', {
    className: 'am-thumbnail',
    href: addressOf(output.preview_url.replace(/\?.*$/, '')),
    target: '_blank',
    rel: 'noopener',
    title: output.filename,
  });
  const image = element('img', {
    loading: 'lazy',
    decoding: 'async',
    alt: output.filename,
    src: addressOf(output.preview_url),
  });
  // The server may be off, or may have forgotten a temporary file.
  image.addEventListener('error', () => link.replaceChildren(output.filename));
  link.append(image);
  return link;
}
