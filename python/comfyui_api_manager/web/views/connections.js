// The ComfyUI servers of the settings, and whether they answer.

import { button, element, problem } from '../dom.js';
import { request } from '../server.js';

export async function connections(container, signal) {
  try {
    const found = await request('/connections');
    if (signal.aborted) return;
    const rows = found.connections.map((each) => row(each, each.name === found.default));
    container.append(element('ul', { className: 'am-list' }, ...rows));
  } catch (error) {
    if (!signal.aborted) container.append(problem(error));
  }
}

function row({ name, url }, isDefault) {
  const result = element('div', { className: 'am-detail', attributes: { role: 'status' } });
  const test = button('Test', () => check(name, result), { title: `Test ${name}` });
  return element(
    'li',
    { className: 'am-job' },
    element(
      'div',
      { className: 'am-row' },
      element('strong', { className: 'am-name' }, name),
      isDefault && element('span', { className: 'am-status' }, 'default'),
      test,
    ),
    element('p', { className: 'am-detail' }, url),
    result,
  );
}

async function check(name, result) {
  result.replaceChildren('…');
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
