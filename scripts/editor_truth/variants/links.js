// Changes of links: cut, joined otherwise, led through nodes between. Pure.

export const links = {
  cut({ graph, link }) {
    if (!link) return false;
    graph.disconnect(link.id);
    return true;
  },

  /** A script that cut it on one side only. */
  cutHalf({ graph, link, chance }) {
    if (!link) return false;
    const input = graph.node(link.target_id)?.inputs?.find((slot) => slot.link === link.id);
    if (input && chance.happens(0.6)) input.link = null;
    else graph.removeFromTable(link.id);
    return true;
  },

  /** From another output of the same type. */
  relinkOrigin({ graph, link, chance }) {
    const origin = link && chance.pick(outputs(graph, link.type));
    const target = origin && graph.node(link.target_id);
    const slot = target?.inputs?.findIndex((input) => input.link === link.id) ?? -1;
    if (slot < 0) return false;
    graph.disconnect(link.id);
    graph.connect(origin.node, origin.slot, target, slot, link.type);
    return true;
  },

  /** An input without a link gets one of its type. A widget's becomes an input by that. */
  join({ graph, node, chance }) {
    const free = (node.inputs ?? []).map((input, slot) => ({ input, slot }));
    const chosen = chance.pick(free.filter(({ input }) => input.link == null));
    const origin = chosen && chance.pick(outputs(graph, chosen.input.type));
    if (!origin) return false;
    graph.connect(origin.node, origin.slot, node, chosen.slot, chosen.input.type);
    grow(node, chosen.input);
    return true;
  },

  reroute({ graph, link, chance }) {
    if (!link) return false;
    for (let count = 1 + chance.below(3); count > 0; count -= 1) {
      const reroute = {
        type: 'Reroute',
        inputs: [{ name: '', type: '*', link: null }],
        outputs: [{ name: '', type: link.type, links: null }],
        properties: { showOutputText: false, horizontal: false },
        mode: chance.pick([0, 0, 0, 0, 2, 4]),
      };
      const next = between(graph, link, reroute);
      if (!next) return false;
      link = next;
    }
    return true;
  },

  primitive({ graph, node, chance }) {
    const widgets = (node.inputs ?? []).map((input, slot) => ({ input, slot }));
    const chosen = chance.pick(widgets.filter(({ input }) => input.widget && input.link == null));
    if (!chosen) return false;
    const value = chance.pick([7, 99, 0.5, 1.6, 'some text', 'euler', true]);
    const after = chance.pick([['fixed'], ['randomize'], ['fixed', ''], []]);
    const { type, widget } = chosen.input;
    const primitive = graph.addNode({
      type: 'PrimitiveNode',
      inputs: [],
      outputs: [{ name: type, type, links: null, widget }],
      properties: { 'Run widget replace on values': chance.happens(0.2) },
      widgets_values: [value, ...after],
      mode: chance.pick([0, 0, 0, 2, 4]),
    });
    graph.connect(primitive, 0, node, chosen.slot, type);
    return true;
  },

  /** One more target for a primitive node, whose values may not fit it. */
  primitiveTarget({ graph, node, chance }) {
    const primitive = chance.pick(graph.nodes.filter((each) => each.type === 'PrimitiveNode'));
    const slot = (node.inputs ?? []).findIndex((input) => input.widget && input.link == null);
    if (!primitive || slot < 0) return false;
    graph.connect(primitive, 0, node, slot, node.inputs[slot].type);
    return true;
  },

  nativeReroute({ graph, link, chance }) {
    if (!link) return false;
    graph.file.extra ??= {};
    const place = graph.isRoot ? graph.file.extra : graph.file;
    const id = 1 + (place.reroutes?.length ?? 0);
    place.reroutes = [...(place.reroutes ?? []), { id, pos: [1, 1], linkIds: [link.id] }];
    const known = graph.file.extra.linkExtensions ?? [];
    graph.file.extra.linkExtensions = [...known, { id: link.id, parentId: id }];
    if (chance.happens(0.2)) place.reroutes.at(-1).parentId = id + 5;
    return true;
  },

  /** The class has got or lost a slot since. */
  targetSlot({ graph, link, chance }) {
    if (!link) return false;
    graph.relink(link.id, { target_slot: Math.max(0, link.target_slot + chance.pick([-1, 1, 20])) });
    return true;
  },

  originSlot({ graph, link, chance }) {
    if (!link || link.origin_id === -10) return false;
    graph.relink(link.id, { origin_slot: Math.max(0, link.origin_slot + chance.pick([-1, 1])) });
    return true;
  },

  linkType({ graph, link, chance }) {
    if (!link) return false;
    graph.relink(link.id, { type: chance.pick(['*', 0, 'OTHER', null]) });
    return true;
  },

  /** Two links for one input, of which the slot names one. */
  twice({ graph, link, chance }) {
    const origin = link && chance.pick(outputs(graph, link.type));
    const target = origin && graph.node(link.target_id);
    const slot = target?.inputs?.findIndex((input) => input.link === link.id) ?? -1;
    if (slot < 0) return false;
    graph.connect(origin.node, origin.slot, target, slot, link.type);
    if (chance.happens(0.5)) target.inputs[slot].link = link.id;
    return true;
  },

  linksAsObjects({ workflow }) {
    const { file } = workflow;
    if (file.version === 1) return false;
    const links = workflow.graphs()[0].links();
    Object.assign(file, { version: 1, links });
    file.state = {
      lastNodeId: file.last_node_id ?? 0,
      lastLinkId: file.last_link_id ?? 0,
      lastGroupId: 0,
      lastRerouteId: 0,
    };
    delete file.last_node_id;
    delete file.last_link_id;
    return true;
  },
};

/** A group of inputs always has one more than are linked. */
function grow(node, input) {
  const [, group, ordinal] = /^(.*\..*?)(\d+)$/.exec(input.name) ?? [];
  const next = `${group}${Number(ordinal) + 1}`;
  if (group === undefined || node.inputs.some(({ name }) => name === next)) return;
  node.inputs.splice(node.inputs.indexOf(input) + 1, 0, { ...input, name: next, link: null });
}

/** A node between both ends of a link; gives the link that goes on from it. */
function between(graph, link, added) {
  const origin = graph.node(link.origin_id);
  const target = graph.node(link.target_id);
  const slot = target?.inputs?.findIndex((input) => input.link === link.id) ?? -1;
  if (!origin || slot < 0) return null;
  const node = graph.addNode(added);
  graph.disconnect(link.id);
  graph.connect(origin, link.origin_slot, node, 0, link.type);
  return graph.link(graph.connect(node, 0, target, slot, link.type));
}

function outputs(graph, type) {
  const all = graph.nodes.flatMap((node) =>
    (node.outputs ?? []).map((output, slot) => ({ node, slot, type: output.type })),
  );
  return all.filter((output) => output.type === type || output.type === '*' || type === '*');
}
