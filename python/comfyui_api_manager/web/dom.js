// Makes elements and keeps lists of them. Text only ever becomes text: nothing here parses HTML.

/**
 * An element with properties, attributes (in `attributes`), listeners (`onclick`, ...) and children;
 * children that are nothing or `false` are left out.
 */
export function element(tag, { attributes = {}, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

/** A button that cannot be pressed again before its work is done. */
export function button(label, onPress, { title = '' } = {}) {
  const attributes = { 'aria-label': title || null };
  const made = element('button', { type: 'button', className: 'am-button', title, attributes }, label);
  made.addEventListener('click', async () => {
    // One that is disabled would lose the keyboard's place.
    if (made.ariaDisabled === 'true') return;
    made.ariaDisabled = 'true';
    try {
      await onPress();
    } finally {
      made.ariaDisabled = 'false';
    }
  });
  return made;
}

/** What is shown where there is nothing else to show. */
export function note(text) {
  return element('p', { className: 'am-note', attributes: { role: 'status' } }, text);
}

/** An error, with what to try next where the server said so, and a way to do so. */
export function problem(error, retry = null) {
  const shown = mishap(error.message, error.hint);
  shown.setAttribute('role', 'alert');
  if (retry) shown.append(button('Try again', retry));
  return shown;
}

/** An error of long ago, which nobody has to be told of. */
export function mishap(message, hint) {
  return element(
    'div',
    { className: 'am-problem' },
    element('p', {}, message),
    hint && element('p', { className: 'am-hint' }, hint),
  );
}

/**
 * A function that shows jobs in a list, each in the row that it had before: so rows keep the keyboard's
 * place and their pictures. `make(job)` gives a row: {item, show(job)}.
 */
export function rowsOf(list, make) {
  const rows = new Map();
  return (jobs) => {
    const ids = new Set(jobs.map((job) => job.job_id));
    for (const [id, { item }] of rows) {
      if (ids.has(id)) continue;
      if (item.contains(document.activeElement)) list.closest('[role=tabpanel]')?.focus();
      item.remove();
      rows.delete(id);
    }
    jobs.forEach((job, at) => {
      if (!rows.has(job.job_id)) rows.set(job.job_id, make(job));
      const { item, show } = rows.get(job.job_id);
      show(job);
      if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
    });
  };
}

/** A function that has the work done a little later, once for many calls, until `signal` is aborted. */
export function soon(work, milliseconds, signal) {
  let due = null;
  return () => {
    due ??= setTimeout(() => {
      due = null;
      if (!signal.aborted) work();
    }, milliseconds);
  };
}
