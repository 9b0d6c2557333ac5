// Makes elements. Text only ever becomes text: nothing here parses HTML.

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
export function button(label, onPress, { title = '', icon = null } = {}) {
  const made = element(
    'button',
    { type: 'button', className: 'am-button', title, attributes: { 'aria-label': title || null } },
    icon && element('i', { className: `pi ${icon}`, attributes: { 'aria-hidden': 'true' } }),
    label,
  );
  made.addEventListener('click', async () => {
    made.disabled = true;
    try {
      await onPress();
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/** What is shown where there is nothing else to show. */
export function note(text, className = '') {
  return element('p', { className: `am-note ${className}` }, text);
}

/** An error, with what to try next where the server said so. */
export function problem(error) {
  return element(
    'div',
    { className: 'am-problem', attributes: { role: 'alert' } },
    element('p', {}, error.message),
    error.hint && element('p', { className: 'am-hint' }, error.hint),
  );
}
