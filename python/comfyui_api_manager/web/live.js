// The jobs that have not ended, as the server tells of them, for the tab, the badge of its icon and
// the messages. One copy for all who show them.

import { onPush, onReconnected, request } from './server.js';

const FINAL = new Set(['completed', 'failed', 'cancelled']);
/** Jobs that are asked for at once, as many as the server gives. */
const PAGE = 500;

/** @type {Map<string, object>} open jobs by id, oldest first */
const open = new Map();
const changes = new EventTarget();
/** Why the open jobs are not known, or `null`. */
let failure = null;
/** Jobs that ended while a list was on its way, which may still have them as open. */
let endedMeanwhile = new Set();

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

/** The jobs that have not ended, oldest first. */
export function openJobs() {
  return [...open.values()];
}

/** The job as it stands, if it has not ended. */
export function openJob(id) {
  return open.get(id);
}

export function countOpen() {
  return open.size;
}

/** Why the open jobs are not known, or `null`. */
export function liveProblem() {
  return failure;
}

/**
 * Calls back on `jobs` (an open job changed), `ended` (with the job) or `history` (something else
 * changed), until `signal` is aborted.
 */
export function onLive(kind, callback, signal) {
  changes.addEventListener(kind, (event) => callback(event.detail), { signal });
}

/** Asks for the open jobs anew. */
export async function load() {
  endedMeanwhile = new Set();
  try {
    const jobs = await allOpen();
    open.clear();
    for (const job of jobs.reverse()) {
      if (!endedMeanwhile.has(job.job_id)) open.set(job.job_id, job);
    }
    failure = null;
  } catch (error) {
    failure = error;
  }
  tell('jobs');
}

/** Newest first. */
async function allOpen() {
  const jobs = [];
  let after = null;
  do {
    const query = new URLSearchParams({ status: 'active', limit: PAGE, ...(after && { after }) });
    const page = await request(`/jobs?${query}`);
    jobs.push(...page.jobs);
    after = page.next;
  } while (after);
  return jobs;
}

function receive(job) {
  if (FINAL.has(job.status)) {
    open.delete(job.job_id);
    endedMeanwhile.add(job.job_id);
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
