// Compares prompts as servers see them: titles and the order of keys do not matter. Pure.

/**
 * What differs first, in words, or null. `ignored` holds inputs as "node.input".
 *
 * Numbers come out of JSON.parse, which rounds whole numbers beyond 2^53 as the editor does.
 */
export function firstDifference(editor, ours, ignored = new Set()) {
  for (const id of Object.keys(editor)) {
    if (!(id in ours)) return `node ${id} (${editor[id].class_type}) is missing`;
  }
  for (const [id, node] of Object.entries(ours)) {
    const wanted = editor[id];
    if (!wanted) return `node ${id} (${node.class_type}) is too much`;
    if (node.class_type !== wanted.class_type) {
      return `node ${id} is ${node.class_type}, the editor sends ${wanted.class_type}`;
    }
    const found = firstInput(id, wanted.inputs, node.inputs, ignored);
    if (found) return found;
  }
  return null;
}

function firstInput(id, wanted, got, ignored) {
  for (const input of new Set([...Object.keys(wanted), ...Object.keys(got)])) {
    const name = `${id}.${input}`;
    if (ignored.has(name)) continue;
    if (!(input in got)) return `${name} is missing, the editor sends ${shown(wanted[input])}`;
    if (!(input in wanted)) return `${name} is too much, ${shown(got[input])}`;
    if (!same(wanted[input], got[input])) {
      return `${name} is ${shown(got[input])}, the editor sends ${shown(wanted[input])}`;
    }
  }
  return null;
}

function same(one, other) {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    return one === other;
  }
  const keys = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]))
  );
}

/** A value, cut to what a line can hold. */
function shown(value) {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
