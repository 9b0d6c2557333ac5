// Makes a subgraph of some nodes, with slots for the links that cross its boundary. Pure.

/** What a node of a subgraph may have for a widget inside. */
export const VALUES = [null, 1, 42, 0.5, 'text', true, [1]];

/** Takes the nodes out of the graph; a node that stands for them takes their links. */
export function pack(workflow, graph, nodes, chance) {
  const definition = empty(`packed-${workflow.definitions.length}-${nodes[0].id}`);
  workflow.file.definitions ??= {};
  workflow.file.definitions.subgraphs = [...workflow.definitions, definition];
  const inner = workflow.graphs().find((each) => each.file === definition);
  const slots = { inputs: [], outputs: [], properties: {}, widgets_values: [] };
  const host = graph.addNode({ type: definition.id, ...slots });
  const ids = new Set(nodes.map((node) => String(node.id)));
  const links = graph.links().map((link) => ({ ...link, ...ends(graph, link, ids) }));
  for (const node of nodes) {
    graph.nodes.splice(graph.nodes.indexOf(node), 1);
    definition.nodes.push(node);
    for (const output of node.outputs ?? []) output.links = null;
  }
  for (const link of links) {
    if (link.into) moveIn({ graph, inner, host, link });
    else if (link.from) moveOut({ graph, inner, host, link });
  }
  if (chance.happens(0.7)) {
    const free = nodes.flatMap((node) =>
      (node.inputs ?? []).map((input, at) => ({ node, input, at })),
    );
    const widgets = free.filter(({ input }) => input.widget && input.link == null);
    for (const each of chance.shuffled(widgets).slice(0, 2)) promote(inner, host, each, chance);
  }
}

/** Shows a widget inside on a node that stands for the subgraph. */
export function promote(inner, host, { node, input, at }, chance) {
  const { name, linked } = addInput(inner, input.name, input.type);
  linked(node, at);
  host.inputs = [...(host.inputs ?? []), { name, type: input.type, widget: { name }, link: null }];
  if (chance.happens(0.5)) {
    host.properties ??= {};
    host.properties.proxyWidgets = [...(host.properties.proxyWidgets ?? []), ['-1', name]];
  }
  if (chance.happens(0.5)) {
    host.widgets_values = [...(host.widgets_values ?? []), chance.pick(VALUES)];
  }
}

function empty(id) {
  return {
    id,
    version: 1,
    state: { lastGroupId: 0, lastNodeId: 0, lastLinkId: 0, lastRerouteId: 0 },
    revision: 0,
    config: {},
    name: 'Packed',
    inputNode: { id: -10, bounding: [0, 0, 100, 100] },
    outputNode: { id: -20, bounding: [500, 0, 100, 100] },
    inputs: [],
    outputs: [],
    widgets: [],
    nodes: [],
    groups: [],
    links: [],
    extra: {},
  };
}

/** Which ends of a link are packed, and the input that it leads to. */
function ends(graph, link, packed) {
  const target = graph.node(link.target_id);
  return {
    from: packed.has(String(link.origin_id)),
    into: packed.has(String(link.target_id)),
    target,
    at: target?.inputs?.findIndex((input) => input.link === link.id) ?? -1,
  };
}

/** A link to a packed node: inside, or through a new slot of the boundary. */
function moveIn({ graph, inner, host, link }) {
  const boundary = graph.file.inputs ?? [];
  graph.disconnect(link.id);
  if (link.at < 0) return;
  const input = link.target.inputs[link.at];
  input.link = null;
  if (link.from) {
    inner.connect(inner.node(link.origin_id), link.origin_slot, link.target, link.at, link.type);
    return;
  }
  const { name, linked } = addInput(inner, input.name || 'input', input.type);
  linked(link.target, link.at);
  const widget = input.widget && { widget: { name } };
  host.inputs.push({ name, type: input.type, link: null, ...widget });
  const origin = graph.node(link.origin_id) ?? { id: link.origin_id };
  const id = graph.connect(origin, link.origin_slot, host, host.inputs.length - 1, link.type);
  if (link.origin_id === -10) boundary[link.origin_slot]?.linkIds.push(id);
}

/** A link from a packed node to one outside. */
function moveOut({ graph, inner, host, link }) {
  const { outputs } = inner.file;
  const place = `${link.origin_id}/${link.origin_slot}`;
  let at = outputs.findIndex((output) => output.id === place);
  if (at < 0) {
    at = outputs.length;
    const name = freeName(outputs, String(link.type));
    const sink = { id: -20, inputs: Array.from({ length: at + 1 }, () => ({})) };
    const id = inner.connect(inner.node(link.origin_id), link.origin_slot, sink, at, link.type);
    outputs.push({ id: place, name, type: link.type, linkIds: [id] });
    host.outputs.push({ name, type: link.type, links: null });
  }
  graph.relink(link.id, { origin_id: host.id, origin_slot: at });
  host.outputs[at].links = [...(host.outputs[at].links ?? []), link.id];
}

/** A new slot of a boundary, and what links it to an input. */
function addInput(inner, wanted, type) {
  inner.file.inputs ??= [];
  const slots = inner.file.inputs;
  const name = freeName(slots, wanted);
  const added = { id: `${name}-${type}`, name, type, linkIds: [] };
  slots.push(added);
  const at = slots.length - 1;
  const linked = (node, slot) =>
    added.linkIds.push(inner.connect({ id: -10 }, at, node, slot, type));
  return { name, linked };
}

function freeName(slots, name) {
  for (let count = 0; ; count += 1) {
    const free = count === 0 ? name : `${name}_${count}`;
    if (!slots.some((each) => each.name === free)) return free;
  }
}
