// Takes chance and the clock out of a workflow, so that two conversions of it can be compared. Pure.

/**
 * The text of a workflow with the first option of each wildcard, and with dates to the day only.
 * A workflow without them stays as it is, to the byte: parsing would round its large numbers.
 */
export function settle(text) {
  const workflow = JSON.parse(text);
  let changed = false;
  const settled = walk(workflow, (words) => {
    const fixed = withoutClock(withoutChance(words));
    changed ||= fixed !== words;
    return fixed;
  });
  return changed ? JSON.stringify(settled) : text;
}

function walk(value, change) {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => walk(each, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each, change)]));
}

/** `{a|b}` becomes `{a}`, from the inside out; escaped braces are no wildcards. */
function withoutChance(words) {
  const wildcard = /(?<!\\)\{((?:\\.|[^{}|\\])*)\|(?:\\.|[^{}\\])*\}/g;
  for (;;) {
    const next = words.replace(wildcard, '$1');
    if (next === words) return words;
    words = next;
  }
}

/** `%date:hhmmss%` would change between two looks at the clock. */
function withoutClock(words) {
  return words.replace(/%date:[^%]*%/g, '%date:yyyy-MM-dd%');
}
