// Jobs that have ended or not, newest first: search, pictures, what went wrong.

import { button, element, note, problem, rowsOf, soon } from '../dom.js';
import { onLive, openJob } from '../live.js';
import { request } from '../server.js';
import { makeRow } from './history_row.js';

const PAGE = 30;
/** Pause in typing after which the search begins, in milliseconds. */
const TYPING_MS = 250;
/** Many jobs may end at once: what came of it is asked for so seldom, in milliseconds. */
const REFRESH_MS = 1000;
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
  const foot = element('div', { className: 'am-foot' }, note('Loading…'));
  container.append(element('div', { className: 'am-row' }, search, status), list, foot);

  const pages = new Pages(list, foot, signal, () => ({
    ...(status.value !== 'all' && { status: status.value }),
    ...(search.value.trim() && { search: search.value.trim() }),
  }));
  let typing;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => pages.begin(), TYPING_MS);
  });
  status.addEventListener('change', () => pages.begin());
  // What a person asked for comes first.
  const refresh = soon(() => (pages.isAsking ? refresh() : pages.refresh()), REFRESH_MS, signal);
  onLive('history', refresh, signal);
  onLive('jobs', soon(() => pages.draw(), REFRESH_MS, signal), signal);
  pages.begin();
}

/** The jobs that were asked for until now, and how more are asked for; the last call wins. */
class Pages {
  #show;
  #foot;
  #signal;
  #filter;
  #jobs = [];
  #next = null;
  #latest = 0;
  isAsking = false;

  constructor(list, foot, signal, filter) {
    this.#show = rowsOf(list, makeRow);
    this.#foot = foot;
    this.#signal = signal;
    this.#filter = filter;
  }

  /** Shows the first page of what is searched for now. */
  begin() {
    return this.#ask(null, ({ jobs, next }) => {
      [this.#jobs, this.#next] = [jobs, next];
    });
  }

  /** Adds the next page. */
  more() {
    return this.#ask(this.#next, ({ jobs, next }) => {
      this.#jobs.push(...jobs);
      this.#next = next;
    });
  }

  /** Asks for the first page anew; what is shown after it stays. */
  refresh() {
    return this.#ask(null, ({ jobs, next }) => {
      const last = this.#jobs.findIndex((job) => job.job_id === jobs.at(-1)?.job_id);
      const rest = last < 0 || next === null ? [] : this.#jobs.slice(last + 1);
      if (rest.length === 0) this.#next = next;
      this.#jobs = [...jobs, ...rest];
    });
  }

  /** Open jobs are shown as they stand by now. */
  draw() {
    this.#show(this.#jobs.map((job) => openJob(job.job_id) ?? job));
  }

  async #ask(after, take) {
    const call = (this.#latest += 1);
    this.isAsking = true;
    const query = new URLSearchParams({ limit: PAGE, ...this.#filter(), ...(after && { after }) });
    try {
      const page = await request(`/jobs?${query}`);
      if (call !== this.#latest || this.#signal.aborted) return;
      take(page);
      this.draw();
      this.#foot.replaceChildren(...this.#below());
    } catch (error) {
      if (call !== this.#latest || this.#signal.aborted) return;
      this.#foot.replaceChildren(problem(error, () => this.#ask(after, take)));
    } finally {
      if (call === this.#latest) this.isAsking = false;
    }
  }

  #below() {
    if (this.#next) return [button('Show more', () => this.more())];
    if (this.#jobs.length > 0) return [];
    const isSearch = Object.keys(this.#filter()).length > 0;
    return [note(isSearch ? 'No job is like that.' : 'No job yet. Whoever runs one, it shows up here.')];
  }
}
