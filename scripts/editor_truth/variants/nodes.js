// Changes of nodes, as people make them: switch off, delete, copy, rename, replace. Pure.

export const nodes = {
  switchOff({ node, chance }) {
    node.mode = chance.pick([0, 2, 2, 4, 4, 4, 1, 3]);
    return true;
  },

  /** What feeds a node is bypassed, and what feeds that. */
  bypassChain({ graph, node, chance }) {
    let at = node;
    for (let hops = 1 + chance.below(4); at && hops > 0; hops -= 1) {
      at.mode = chance.happens(0.9) ? 4 : 2;
      const linked = (at.inputs ?? []).filter((input) => input.link != null);
      const link = graph.link(chance.pick(linked)?.link);
      at = link && graph.node(link.origin_id);
    }
    return true;
  },

  deleteWithLinks({ graph, node }) {
    for (const link of graph.links()) {
      if ([link.origin_id, link.target_id].includes(node.id)) graph.disconnect(link.id);
    }
    graph.nodes.splice(graph.nodes.indexOf(node), 1);
    return true;
  },

  /** A script that took the node out and left its links in the table. */
  deleteAlone({ graph, node }) {
    graph.nodes.splice(graph.nodes.indexOf(node), 1);
    return true;
  },

  /** Copied and pasted, with or without the links of its inputs. */
  copy({ graph, node, chance }) {
    const copied = structuredClone(node);
    copied.id = graph.workflow.nextNodeId();
    for (const output of copied.outputs ?? []) output.links = null;
    const withLinks = chance.happens(0.6);
    const links = (copied.inputs ?? []).map((input) => graph.link(input.link));
    for (const input of copied.inputs ?? []) input.link = null;
    graph.addNode(copied);
    if (!withLinks) return true;
    for (const [at, link] of links.entries()) {
      const origin = link && graph.node(link.origin_id);
      if (origin) graph.connect(origin, link.origin_slot, copied, at, link.type);
    }
    return true;
  },

  /** The copy takes the place of the first in some links that go out. */
  copyInPlace({ graph, node, chance }) {
    const copied = structuredClone(node);
    copied.id = graph.workflow.nextNodeId();
    for (const output of copied.outputs ?? []) output.links = null;
    for (const input of copied.inputs ?? []) input.link = null;
    graph.addNode(copied);
    const out = graph.links().filter((link) => String(link.origin_id) === String(node.id));
    for (const link of out) {
      const target = graph.node(link.target_id);
      const slot = target?.inputs?.findIndex((input) => input.link === link.id) ?? -1;
      if (slot < 0 || chance.happens(0.5)) continue;
      graph.disconnect(link.id);
      graph.connect(copied, link.origin_slot, target, slot, link.type);
    }
    return true;
  },

  unknownClass({ node, chance }) {
    node.type = 'ClassOfNoPack';
    if (chance.happens(0.8)) node.mode = chance.pick([2, 4]);
    return true;
  },

  /** Old files have no properties, and no slots for widgets. */
  asOldFile({ node, workflow }) {
    if (!node.inputs || workflow.definitionOf(node)) return false;
    node.inputs = node.inputs.filter((input) => !input.widget || input.link != null);
    delete node.properties;
    return true;
  },

  shuffleInputs({ node, chance }) {
    if (!(node.inputs?.length > 1)) return false;
    node.inputs = chance.shuffled(node.inputs);
    return true;
  },

  /** Files for a program: no slots at all, but those with links. */
  bareSlots({ node }) {
    if (!node.inputs) return false;
    node.inputs = node.inputs
      .filter((input) => input.link != null)
      .map(({ name, type, link, widget }) => ({ name, type, link, ...(widget && { widget }) }));
    return true;
  },

  labels({ node, chance }) {
    const slot = chance.pick([...(node.inputs ?? []), ...(node.outputs ?? [])]);
    if (!slot) return false;
    slot.label = 'another name';
    if (chance.happens(0.3)) delete slot.localized_name;
    return true;
  },

  /** The pack renamed an input since the file was saved. */
  renameSlot({ node, chance }) {
    const slot = chance.pick(node.inputs ?? []);
    if (!slot) return false;
    slot.name = chance.pick([`${slot.name}_old`, slot.name.toUpperCase(), '']);
    return true;
  },

  slotType({ node, chance }) {
    const slot = chance.pick([...(node.inputs ?? []), ...(node.outputs ?? [])]);
    if (!slot) return false;
    slot.type = chance.pick(['*', 'IMAGE', 'image', 'INT,FLOAT', 'COMBO', '']);
    return true;
  },

  title({ node, chance }) {
    node.title = chance.pick(['Title', '', 'KSampler', 'a.b', '%x%', 'name/with:signs']);
    return true;
  },

  property({ node, chance }) {
    const name = chance.pick(['Title', 'KSampler', '']);
    node.properties = { ...node.properties, 'Node name for S&R': name };
    return true;
  },

  unlinkedOutputs({ node, chance }) {
    if (!node.outputs) return false;
    if (chance.happens(0.5)) delete node.outputs;
    else for (const output of node.outputs) output.links = null;
    return true;
  },

  /** Numbers in the file of a program that writes all ids as text. */
  textIds({ workflow }) {
    for (const graph of workflow.graphs().slice(0, 1)) {
      for (const link of graph.links()) {
        graph.relink(link.id, {
          origin_id: String(link.origin_id),
          target_id: String(link.target_id),
        });
      }
      for (const each of graph.nodes) each.id = String(each.id);
    }
    return true;
  },

  /** A node in a subgraph has the id of another one. */
  sameId({ workflow, graph, node, chance }) {
    if (graph.isRoot) return false;
    const other = chance.pick(chance.pick(workflow.graphs()).nodes);
    if (!other || graph.node(other.id)) return false;
    for (const link of graph.links()) {
      const changes = {};
      if (link.origin_id === node.id) changes.origin_id = other.id;
      if (link.target_id === node.id) changes.target_id = other.id;
      graph.relink(link.id, changes);
    }
    node.id = other.id;
    return true;
  },
};
