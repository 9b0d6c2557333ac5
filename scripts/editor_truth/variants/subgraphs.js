// Changes of subgraphs and of the nodes that stand for them. Pure.

import { VALUES, pack, promote } from './pack.js';

export const subgraphs = {
  /** A second use with values of its own. */
  useAgain({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    if (!host) return false;
    const copied = structuredClone(host.node);
    copied.id = workflow.nextNodeId();
    for (const output of copied.outputs ?? []) output.links = null;
    for (const input of copied.inputs ?? []) input.link = null;
    copied.widgets_values = (copied.widgets_values ?? []).map((value) =>
      chance.happens(0.4) ? chance.pick(VALUES) : value,
    );
    host.graph.addNode(copied);
    for (const link of host.graph.links()) {
      if (link.origin_id !== host.node.id || chance.happens(0.5)) continue;
      const target = host.graph.node(link.target_id);
      const slot = target?.inputs?.findIndex((input) => input.link === link.id) ?? -1;
      if (slot < 0) continue;
      host.graph.disconnect(link.id);
      host.graph.connect(copied, link.origin_slot, target, slot, link.type);
    }
    return true;
  },

  hostValues({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    if (!host) return false;
    const promised = workflow.definitionOf(host.node).inputs?.length ?? 0;
    const length = chance.below(promised + 3);
    host.node.widgets_values = Array.from({ length }, () => chance.pick(VALUES));
    return true;
  },

  /** Which widgets the host shows: in another order, of nodes that are gone, of any inside. */
  proxies({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    if (!host) return false;
    const definition = workflow.definitionOf(host.node);
    const proxies = [...(host.node.properties?.proxyWidgets ?? [])];
    const inside = definition.nodes.flatMap((node) =>
      (node.inputs ?? []).filter((input) => input.widget).map((input) => [String(node.id), input.name]),
    );
    const boundary = (definition.inputs ?? []).map((input) => ['-1', input.name]);
    const more = [...chance.shuffled([...inside, ...boundary]).slice(0, 2), ['9999', 'gone']];
    proxies.splice(chance.below(proxies.length + 1), 0, chance.pick(more) ?? ['-1', 'x']);
    const changed = chance.pick([proxies, chance.shuffled(proxies), proxies.slice(1), []]);
    host.node.properties = { ...host.node.properties, proxyWidgets: changed };
    const values = host.node.widgets_values ?? [];
    if (chance.happens(0.7)) {
      host.node.widgets_values = changed.map((_, at) => values[at] ?? chance.pick(VALUES));
    }
    return true;
  },

  switchHostOff({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    if (!host) return false;
    host.node.mode = chance.pick([2, 4]);
    return true;
  },

  /** A slot of the boundary gets a new name, at the node that stands for the subgraph or not. */
  renameBoundary({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    const definition = host && workflow.definitionOf(host.node);
    const slot = definition && chance.pick(definition.inputs ?? []);
    if (!slot) return false;
    const name = `${slot.name}_renamed`;
    const uses = workflow.graphs().flatMap((graph) => graph.nodes);
    for (const use of uses.filter((node) => node.type === definition.id)) {
      for (const input of use.inputs ?? []) {
        if (input.name !== slot.name || chance.happens(0.3)) continue;
        input.name = name;
        if (input.widget) input.widget.name = name;
      }
    }
    slot.name = name;
    return true;
  },

  /** One more target inside for a slot of the boundary. */
  fanOut({ workflow, chance }) {
    const definition = chance.pick(workflow.definitions);
    const slots = (definition?.inputs ?? []).map((slot, at) => ({ slot, at }));
    const chosen = chance.pick(slots);
    const graph = workflow.graphs().find((each) => each.file === definition);
    const free = (graph?.nodes ?? []).flatMap((node) =>
      (node.inputs ?? []).map((input, at) => ({ node, input, at })),
    );
    const fitting = ({ input }) => input.link == null && input.type === chosen.slot.type;
    const target = chosen && chance.pick(free.filter(fitting));
    if (!target) return false;
    const id = graph.connect({ id: -10 }, chosen.at, target.node, target.at, chosen.slot.type);
    const ids = [...(chosen.slot.linkIds ?? []), id];
    chosen.slot.linkIds = chance.happens(0.5) ? ids : ids.reverse();
    return true;
  },

  /** A widget inside shows outside. */
  promote({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    const definition = host && workflow.definitionOf(host.node);
    const graph = workflow.graphs().find((each) => each.file === definition);
    const free = (graph?.nodes ?? []).flatMap((node) =>
      (node.inputs ?? []).map((input, at) => ({ node, input, at })),
    );
    const target = chance.pick(free.filter(({ input }) => input.widget && input.link == null));
    if (!target) return false;
    promote(graph, host.node, target, chance);
    return true;
  },

  boundaryShuffled({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    if (!(host?.node.inputs?.length > 1)) return false;
    host.node.inputs = chance.shuffled(host.node.inputs);
    return true;
  },

  hostInputsGone({ workflow, chance }) {
    const host = pickHost(workflow, chance);
    if (!host?.node.inputs) return false;
    host.node.inputs = host.node.inputs.filter((input) => input.link != null || chance.happens(0.5));
    return true;
  },

  /** One or two nodes become a subgraph. */
  pack({ workflow, graph, node, chance }) {
    if (graph.nodes.length < 2) return false;
    const into = graph.links().filter((link) => String(link.target_id) === String(node.id));
    const before = graph.node(chance.pick(into)?.origin_id);
    const two = before && before !== node && chance.happens(0.6);
    pack(workflow, graph, two ? [node, before] : [node], chance);
    return true;
  },
};

function pickHost(workflow, chance) {
  const all = workflow.graphs().flatMap((graph) => graph.nodes.map((node) => ({ graph, node })));
  return chance.pick(all.filter(({ node }) => workflow.definitionOf(node)));
}
