// A message when a job has ended; one for all where many end at once.

import { app } from '../../scripts/app.js';
import { onLive } from './live.js';
import { duration, nameOf } from './words.js';

/** Jobs that end within this time share a message when there are more of them than `APART`. */
const GATHER_MS = 400;
const APART = 3;

const TONES = {
  completed: { severity: 'success', words: 'is done', life: 5000 },
  failed: { severity: 'error', words: 'failed', life: 15000 },
  cancelled: { severity: 'info', words: 'was cancelled', life: 5000 },
};

/** Starts to tell of ends; called once. */
export function announceEnds() {
  let gathered = [];
  onLive('ended', (job) => {
    if (gathered.length === 0) {
      setTimeout(() => {
        announce(gathered);
        gathered = [];
      }, GATHER_MS);
    }
    gathered.push(job);
  });
}

/** Says something at the edge of the editor. */
export function say(severity, summary, detail = '', life = 5000) {
  app.extensionManager.toast.add({ severity, summary, detail, life });
}

/** Says what went wrong, and what to try next. */
export function sayError(summary, error) {
  say('error', summary, [error.message, error.hint].filter(Boolean).join('\n'), 15000);
}

function announce(jobs) {
  if (jobs.length > APART) {
    const failed = jobs.filter((job) => job.status === 'failed').length;
    const detail = failed ? `${failed} of them failed` : '';
    say(failed ? 'warn' : 'success', `${jobs.length} jobs have ended`, detail);
    return;
  }
  for (const job of jobs) {
    const { severity, words, life } = TONES[job.status];
    const hint = job.metadata?.hint;
    const detail = [job.error, hint].filter(Boolean).join('\n') || duration(job.duration);
    say(severity, `${nameOf(job)} ${words}`, detail, life);
  }
}
