// Requests to the routes of the API Manager in this ComfyUI.

import { api } from '../../scripts/api.js';

/** What the server answered instead of what was asked for. */
export class RequestError extends Error {
  constructor(status, { error, hint } = {}) {
    super(error ?? `the server answered with status ${status}`);
    this.status = status;
    this.hint = hint ?? null;
  }
}

/** The JSON of an answer; `path` is below `/api-manager`. */
export async function request(path, { method = 'GET', body } = {}) {
  const options = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { 'Content-Type': 'application/json' };
  }
  const response = await api.fetchApi(`/api-manager${path}`, options).catch(() => {
    const hint = 'it may be starting, or have been stopped';
    throw new RequestError(0, { error: 'ComfyUI does not answer', hint });
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new RequestError(response.status, answer);
  return answer;
}

/** The address of something that a page shows by itself, such as an image. */
export function addressOf(path) {
  return api.apiURL(path);
}

/** Calls back for each message of that name that the server pushes. */
export function onPush(name, callback) {
  api.addEventListener(name, (event) => callback(event.detail));
}

/** Calls back when the editor has found its server again. */
export function onReconnected(callback) {
  api.addEventListener('reconnected', callback);
}
