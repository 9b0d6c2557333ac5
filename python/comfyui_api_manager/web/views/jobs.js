// The jobs that have not ended: how far each is, and a way to stop it. Above them, the MCP server.

import { button, element, note, problem } from '../dom.js';
import { onLive, openJobs } from '../live.js';
import { mcpState, onMcp, startMcp, stopMcp } from '../mcp.js';
import { request } from '../server.js';
import { sayError } from '../toasts.js';
import { moment, nameOf, percent } from '../words.js';

export function jobs(container, signal) {
  const server = element('section', { className: 'am-mcp' });
  const list = element('ul', { className: 'am-list', attributes: { 'aria-label': 'Open jobs' } });
  const none = note('No job is open. Jobs from nodes, routes, agents and comfyctl show up here.');
  container.append(server, none, list);

  const rows = new Map();
  const draw = () => {
    const open = openJobs();
    none.hidden = open.length > 0;
    update(list, rows, open);
  };
  const drawMcp = () => server.replaceChildren(...mcpLine());
  onLive('jobs', draw, signal);
  onMcp(drawMcp, signal);
  draw();
  drawMcp();
}

/** Rows stay where they are while their jobs go on, so that the keyboard's place is kept. */
function update(list, rows, open) {
  const ids = new Set(open.map((job) => job.job_id));
  for (const [id, row] of rows) {
    if (ids.has(id)) continue;
    row.item.remove();
    rows.delete(id);
  }
  open.forEach((job, at) => {
    if (!rows.has(job.job_id)) rows.set(job.job_id, makeRow(job));
    const row = rows.get(job.job_id);
    row.show(job);
    if (list.children[at] !== row.item) list.insertBefore(row.item, list.children[at] ?? null);
  });
}

function makeRow(job) {
  const status = element('span', { className: 'am-status' });
  const detail = element('p', { className: 'am-detail' });
  const bar = element('progress', { max: 1, attributes: { 'aria-label': nameOf(job) } });
  const cancel = button('Cancel', () => stop(job), { title: `Cancel ${nameOf(job)}` });
  const head = element(
    'div',
    { className: 'am-row' },
    element('strong', { className: 'am-name', title: job.job_id }, nameOf(job)),
    status,
    cancel,
  );
  const item = element('li', { className: 'am-job' }, head, bar, detail);
  const show = (now) => {
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
  if (runs) parts.push(percent(job.progress));
  if (runs && job.current_node) parts.push(`node ${job.current_node}`);
  if (job.metadata?.waiting_for) parts.push(job.metadata.waiting_for);
  return parts.filter(Boolean).join(' · ');
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
    !state.running && state.enabled && state.reason && problem({ message: state.reason }),
  ].filter(Boolean);
}
