// A graph of a workflow's file, outermost or in a subgraph, with both ways to write links. Pure.

const FIELDS = ['id', 'origin_id', 'origin_slot', 'target_id', 'target_slot', 'type'];

export class Graph {
  /** `workflow` counts the nodes of all graphs, `file` is the outermost graph or a definition. */
  constructor(workflow, file) {
    this.workflow = workflow;
    this.file = file;
    this.isRoot = file === workflow.file;
    this.nodes = file.nodes;
    file.links ??= [];
  }

  /** Links as objects, however the file has them. */
  links() {
    return this.file.links.filter(Boolean).map(read);
  }

  node(id) {
    return this.nodes.find((node) => String(node.id) === String(id));
  }

  link(id) {
    return this.links().find((link) => link.id === id);
  }

  addNode(node) {
    const added = { pos: [0, 0], size: [200, 100], flags: {}, order: 0, mode: 0, ...node };
    added.id ??= this.workflow.nextNodeId();
    this.nodes.push(added);
    return added;
  }

  /** Adds a link to the table and to both of its slots. */
  connect(origin, originSlot, target, targetSlot, type) {
    const id = Math.max(0, this.file.last_link_id ?? 0, ...this.links().map((link) => link.id)) + 1;
    const values = [id, origin.id, originSlot, target.id, targetSlot, type];
    const object = Object.fromEntries(FIELDS.map((field, at) => [field, values[at]]));
    this.file.links.push(this.#asObjects() ? object : values);
    if (this.file.state?.lastLinkId !== undefined) this.file.state.lastLinkId = id;
    if (this.file.last_link_id !== undefined) this.file.last_link_id = id;
    target.inputs[targetSlot].link = id;
    const output = origin.outputs?.[originSlot];
    if (output) output.links = [...(output.links ?? []), id];
    return id;
  }

  /** Takes a link from the table and from both of its slots. */
  disconnect(id) {
    const link = this.link(id);
    this.removeFromTable(id);
    if (!link) return;
    for (const input of this.node(link.target_id)?.inputs ?? []) {
      if (input.link === id) input.link = null;
    }
    const output = this.node(link.origin_id)?.outputs?.[link.origin_slot];
    if (output?.links) output.links = output.links.filter((other) => other !== id);
    for (const slot of [...(this.file.inputs ?? []), ...(this.file.outputs ?? [])]) {
      if (slot.linkIds) slot.linkIds = slot.linkIds.filter((other) => other !== id);
    }
  }

  removeFromTable(id) {
    this.file.links = this.file.links.filter((link) => !link || read(link).id !== id);
  }

  /** Changes fields of a link in the table. */
  relink(id, changes) {
    this.file.links = this.file.links.map((link) => {
      if (!link || read(link).id !== id) return link;
      const changed = { ...read(link), ...changes };
      return Array.isArray(link) ? FIELDS.map((field) => changed[field]) : { ...link, ...changed };
    });
  }

  #asObjects() {
    return !this.isRoot || this.workflow.file.version === 1;
  }
}

function read(link) {
  if (!Array.isArray(link)) return link;
  return Object.fromEntries(FIELDS.map((field, at) => [field, link[at]]));
}

/** A workflow's file with its graphs. */
export class Workflow {
  constructor(file) {
    this.file = file;
  }

  get definitions() {
    return this.file.definitions?.subgraphs ?? [];
  }

  graphs() {
    return [this.file, ...this.definitions].map((file) => new Graph(this, file));
  }

  /** The definition that a node stands for, if it is the node of a subgraph. */
  definitionOf(node) {
    return this.definitions.find((definition) => definition.id === node.type);
  }

  nextNodeId() {
    const ids = this.graphs().flatMap((graph) => graph.nodes.map((node) => Number(node.id) || 0));
    const last = Math.max(0, this.file.last_node_id ?? 0, this.file.state?.lastNodeId ?? 0, ...ids);
    if (this.file.last_node_id !== undefined) this.file.last_node_id = last + 1;
    if (this.file.state?.lastNodeId !== undefined) this.file.state.lastNodeId = last + 1;
    return last + 1;
  }
}
