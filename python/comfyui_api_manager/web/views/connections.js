// The ComfyUI servers of the settings, and whether they answer.

import { button, element, mishap, problem } from '../dom.js';
import { request } from '../server.js';

export async function connections(container, signal) {
  try {
    const found = await request('/connections');
    if (signal.aborted) return;
    const rows = found.connections.map((each) => row(each, each.name === found.default));
    const attributes = { 'aria-label': 'Connections' };
    container.replaceChildren(element('ul', { className: 'am-list', attributes }, ...rows));
  } catch (error) {
    const retry = () => connections(container, signal);
    if (!signal.aborted) container.replaceChildren(problem(error, retry));
  }
}

function row({ name, url, error, paused }, isDefault) {
  const result = element('div', { className: 'am-detail', attributes: { role: 'status' } });
  const test = button('Test', () => check(name, result), { title: `Test ${name}` });
  return element(
    'li',
    { className: 'am-job' },
    element(
      'div',
      { className: 'am-row' },
      element('strong', { className: 'am-name', title: name }, name),
      isDefault && element('span', { className: 'am-status' }, 'default'),
      paused && element('span', { className: 'am-status' }, 'paused'),
      !error && test,
    ),
    error ? mishap(error) : element('p', { className: 'am-detail' }, url),
    result,
  );
}

async function check(name, result) {
  result.replaceChildren('Testing…');
  try {
    const answer = await request(`/connections/${encodeURIComponent(name)}/test`, { method: 'POST' });
    result.replaceChildren(answer.connected ? describe(answer) : problem(asError(answer)));
  } catch (error) {
    result.replaceChildren(problem(error));
  }
}

function describe({ version, devices, latency_ms: latency }) {
  return [`ComfyUI ${version}`, ...devices, `${Math.round(latency)} ms`].join(' · ');
}

function asError({ error, hint }) {
  return { message: error, hint };
}
