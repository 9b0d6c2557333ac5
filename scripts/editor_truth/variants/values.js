// Changes of the values that a file saves for widgets. Pure.

const TEXTS = [
  'a {red|red} cat // comment',
  'https://example.org/a, (b:1.2) \\{x\\}',
  '%KSampler.seed%_%date:yyyy-MM-dd%',
  '%Title.steps%/%Load Image.image%',
  'a /* b */ c {d} {} }{',
  '%width%x%height%',
  '',
  '{"a": ["b", 1]}',
];
const ODD = [null, true, false, 0, -1, 7, 20.7, 1e21, 'x', '8.5', [], [1, 2], ['3', 0], {}, { a: 1 }];

export const values = {
  one({ node, chance }) {
    const list = node.widgets_values;
    if (!Array.isArray(list) || list.length === 0) return false;
    const at = chance.below(list.length);
    const other = chance.pick(list);
    const odd = chance.pick(ODD);
    list[at] = chance.pick([other, odd, odd, nudged(list[at]), chance.pick(TEXTS)]);
    return true;
  },

  text({ node, chance }) {
    const list = node.widgets_values;
    if (!Array.isArray(list)) return false;
    const texts = [...list.keys()].filter((at) => typeof list[at] === 'string');
    const at = chance.pick(texts);
    if (at === undefined) return false;
    list[at] = chance.pick(TEXTS);
    return true;
  },

  missingTail({ node, chance }) {
    if (!(node.widgets_values?.length > 0)) return false;
    node.widgets_values = node.widgets_values.slice(0, chance.below(node.widgets_values.length));
    return true;
  },

  longTail({ node, chance }) {
    if (!Array.isArray(node.widgets_values)) return false;
    node.widgets_values.push(chance.pick(ODD), chance.pick(ODD));
    return true;
  },

  moved({ node, chance }) {
    const list = node.widgets_values;
    if (!Array.isArray(list) || list.length === 0) return false;
    if (chance.happens(0.5)) list.splice(chance.below(list.length), 1);
    else list.splice(chance.below(list.length), 0, chance.pick(ODD));
    return true;
  },

  gone({ node, chance }) {
    if (chance.happens(0.5)) delete node.widgets_values;
    else node.widgets_values = chance.pick([null, []]);
    return true;
  },

  control({ node, chance }) {
    const list = node.widgets_values;
    const known = ['fixed', 'increment', 'decrement', 'randomize'];
    const at = Array.isArray(list) ? list.findIndex((value) => known.includes(value)) : -1;
    if (at < 0) return false;
    list[at] = chance.pick([...known, true, false, null, 'other']);
    return true;
  },

  controlGone({ node }) {
    const list = node.widgets_values;
    const at = Array.isArray(list) ? list.indexOf('fixed') : -1;
    if (at < 0) return false;
    list.splice(at, 1);
    return true;
  },

  /** Another option of a combo, of dynamic ones too, or one that there is not. */
  option({ node, chance, definitions }) {
    const list = node.widgets_values;
    if (!Array.isArray(list)) return false;
    const options = combos(definitions[node.type]);
    const fitting = [...list.keys()].flatMap((at) =>
      options.filter((keys) => keys.includes(list[at])).map((keys) => ({ at, keys })),
    );
    const chosen = chance.pick(fitting);
    if (!chosen) return false;
    list[chosen.at] = chance.happens(0.85) ? chance.pick(chosen.keys) : 'no such option';
    return true;
  },
};

function nudged(value) {
  if (typeof value === 'number') return value * 1.5 + 1;
  if (typeof value === 'string') return `${value} more`;
  return typeof value === 'boolean' ? !value : value;
}

/** The keys of each combo of a class. */
function combos(definition) {
  const sections = Object.values(definition?.input ?? {});
  const inputs = sections.flatMap((section) => Object.values(section ?? {}));
  return inputs.flatMap(([kind, options]) => {
    const list = Array.isArray(kind) ? kind : (options?.options ?? []);
    return [list.map((option) => option?.key ?? option)];
  });
}
