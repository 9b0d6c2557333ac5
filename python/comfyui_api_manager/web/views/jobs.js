// The jobs that have not ended: how far each is, and a way to stop it. Above them, the MCP server.

import { button, element, note, problem, rowsOf, soon } from '../dom.js';
import { liveProblem, load, onLive, openJobs } from '../live.js';
import { mcpState, onMcp, startMcp, stopMcp } from '../mcp.js';
import { request } from '../server.js';
import { sayError } from '../toasts.js';
import { moment, nameOf, percent, tipOf } from '../words.js';

/** Rows at most: nobody reads more, and a batch may have thousands. */
const MOST = 100;
/** Many changes within so many milliseconds are drawn once. */
const TOGETHER_MS = 50;
/** What is at work is shown first. */
const ORDER = ['running', 'queued', 'pending'];

export function jobs(container, signal) {
  const server = element('section', { className: 'am-mcp', attributes: { 'aria-label': 'MCP server' } });
  const list = element('ul', { className: 'am-list', attributes: { 'aria-label': 'Open jobs' } });
  const foot = element('div', { className: 'am-foot' });
  container.append(server, list, foot);

  const show = rowsOf(list, makeRow);
  let footSays = null;
  const draw = () => {
    const open = openJobs();
    open.sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status));
    show(open.slice(0, MOST));
    const failure = liveProblem();
    const says = failure ?? afterList(open.length);
    if (says === footSays) return;
    footSays = says;
    foot.replaceChildren(failure ? problem(failure, load) : says && note(says));
  };
  const drawMcp = () => {
    const hadFocus = server.contains(document.activeElement);
    server.replaceChildren(...mcpLine());
    if (hadFocus) server.querySelector('button')?.focus();
  };
  onLive('jobs', soon(draw, TOGETHER_MS, signal), signal);
  onMcp(drawMcp, signal);
  draw();
  drawMcp();
}

function afterList(count) {
  if (count === 0) return 'No job is open. Jobs from nodes, routes, agents and comfyctl show up here.';
  return count > MOST ? `and ${count - MOST} more that wait` : '';
}

function makeRow(job) {
  const status = element('span', { className: 'am-status' });
  const detail = element('p', { className: 'am-detail' });
  const bar = element('progress', { max: 1, attributes: { 'aria-label': nameOf(job) } });
  const cancel = button('Cancel', () => stop(job), { title: `Cancel ${nameOf(job)}` });
  const head = element(
    'div',
    { className: 'am-row' },
    element('strong', { className: 'am-name', title: tipOf(job) }, nameOf(job)),
    status,
    cancel,
  );
  const item = element('li', { className: 'am-job' }, head, bar, detail);
  let shown = null;
  const show = (now) => {
    if (now === shown) return;
    shown = now;
    status.textContent = now.status;
    status.dataset.status = now.status;
    const runs = now.status === 'running';
    bar.hidden = !runs;
    bar.value = now.progress ?? 0;
    detail.textContent = describe(now, runs);
  };
  return { item, show };
}

function describe(job, runs) {
  const parts = [job.connection_name, `since ${moment(job.started_at ?? job.created_at)}`];
  if (runs) parts.push(percent(job.progress), nodeAtWork(job));
  parts.push(job.metadata?.waiting_for);
  return parts.filter(Boolean).join(' · ');
}

function nodeAtWork({ current_node: node, metadata }) {
  if (!node) return null;
  const { current_class: name, steps } = metadata ?? {};
  return [name ? `${name} (${node})` : `node ${node}`, steps && `${steps.done}/${steps.total}`]
    .filter(Boolean)
    .join(' ');
}

async function stop(job) {
  try {
    await request(`/jobs/${encodeURIComponent(job.job_id)}/cancel`, { method: 'POST' });
  } catch (error) {
    sayError(`${nameOf(job)} is not cancelled`, error);
  }
}

function mcpLine() {
  const state = mcpState();
  if (!state) return [];
  const words = state.running ? `MCP server on port ${state.port}` : 'MCP server off';
  return [
    element('span', { className: 'am-dot', attributes: { 'data-state': state.running ? 'on' : 'off' } }),
    element('span', { className: 'am-name' }, words),
    state.running ? button('Stop', stopMcp) : button('Start', startMcp),
    !state.running && state.enabled && state.reason && note(state.reason),
  ].filter(Boolean);
}
