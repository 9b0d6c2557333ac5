// The MCP server of this ComfyUI: its state, and starting and stopping it.

import { onPush, onReconnected, request } from './server.js';
import { say, sayError } from './toasts.js';

const changes = new EventTarget();
let state = null;

/** What is known: {enabled, running, port, transport, reason}, or `null` before the first answer. */
export function mcpState() {
  return state;
}

/** Calls back whenever the state is known anew, until `signal` is aborted. */
export function onMcp(callback, signal) {
  changes.addEventListener('state', callback, { signal });
}

/** Asks the server now, and again when it says that something changed. */
export function followMcp() {
  onPush('api-manager.mcp', learn);
  onReconnected(refreshMcp);
  return refreshMcp();
}

export async function refreshMcp() {
  try {
    learn(await request('/mcp/status'));
  } catch (error) {
    console.warn('[API Manager] the state of the MCP server is unknown:', error.message);
  }
}

export async function startMcp() {
  await change('/mcp/start', 'The MCP server does not start');
}

export async function stopMcp() {
  await change('/mcp/stop', 'The MCP server does not stop');
}

async function change(path, failure) {
  try {
    const { message } = await request(path, { method: 'POST' });
    say('success', message);
  } catch (error) {
    sayError(failure, error);
  }
  await refreshMcp();
}

function learn(status) {
  state = status;
  changes.dispatchEvent(new Event('state'));
}
