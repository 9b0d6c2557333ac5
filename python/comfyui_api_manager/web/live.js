// The jobs that have not ended, as the server tells of them, for the tab, the badge of its icon and
// the messages. One copy for all who show them.

import { onPush, onReconnected, request } from './server.js';

const FINAL = new Set(['completed', 'failed', 'cancelled']);

/** @type {Map<string, object>} open jobs by id, oldest first */
const open = new Map();
const changes = new EventTarget();

/** Starts to listen; called once. */
export function connect() {
  onPush('api-manager.job', receive);
  onPush('api-manager.history', () => tell('history'));
  onReconnected(() => {
    load();
    tell('history');
  });
  load();
}

/** The jobs that have not ended, newest first. */
export function openJobs() {
  return [...open.values()].reverse();
}

/**
 * Calls back on `jobs` (an open job changed), `ended` (with the job) or `history` (something else
 * changed), until `signal` is aborted.
 */
export function onLive(kind, callback, signal) {
  changes.addEventListener(kind, (event) => callback(event.detail), { signal });
}

async function load() {
  try {
    const { jobs } = await request('/jobs?status=active&limit=100');
    open.clear();
    for (const job of jobs.reverse()) open.set(job.job_id, job);
    tell('jobs');
  } catch (error) {
    console.warn('[API Manager] the open jobs cannot be read:', error.message);
  }
}

function receive(job) {
  if (FINAL.has(job.status)) {
    open.delete(job.job_id);
    tell('ended', job);
    tell('history');
  } else {
    open.set(job.job_id, job);
  }
  tell('jobs');
}

function tell(kind, detail = null) {
  changes.dispatchEvent(new CustomEvent(kind, { detail }));
}
