// How numbers, times and jobs are put for people.

/** `4.2 s`, `3 min 20 s`, `2 h 5 min`; nothing for nothing. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** The time of day for today, else the date with it; in the reader's language. */
export function moment(text, now = new Date()) {
  const time = new Date(text);
  if (!text || Number.isNaN(time.getTime())) return '';
  const isToday = time.toDateString() === now.toDateString();
  const clock = { hour: '2-digit', minute: '2-digit' };
  return isToday
    ? time.toLocaleTimeString([], clock)
    : time.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

/** `42 %`, of a fraction. */
export function percent(fraction) {
  return `${Math.round((fraction ?? 0) * 100)} %`;
}

/** What is said of a job where the mouse rests on its name. */
export function tipOf(job) {
  return `${nameOf(job)}\n${job.job_id}`;
}

/** What a job is called. Ids begin with the time: less of one would not tell jobs apart. */
export function nameOf(job) {
  return job.workflow_name || `Job ${job.job_id.slice(0, 13)}`;
}
