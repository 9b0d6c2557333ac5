// Changes a workflow at random. Pure.

import { links } from './links.js';
import { nodes } from './nodes.js';
import { subgraphs } from './subgraphs.js';
import { values } from './values.js';

/** Changes by name, in groups each of which is as likely as the next. */
const GROUPS = Object.entries({ nodes, links, values, subgraphs });

/** Makes one to four changes; gives their names and where they were made. */
export function vary(workflow, chance, definitions) {
  const made = [];
  const wanted = 1 + chance.below(4);
  for (let tries = 0; made.length < wanted && tries < 40; tries += 1) {
    const [group, changes] = chance.pick(GROUPS);
    const name = chance.pick(Object.keys(changes));
    const graph = chance.pick(workflow.graphs().filter((each) => each.nodes.length > 0));
    if (!graph) break;
    const node = chance.pick(graph.nodes);
    const link = chance.pick(graph.links());
    const { id } = node;
    if (changes[name]({ workflow, graph, node, link, chance, definitions })) {
      const inside = graph.isRoot ? '' : ` of ${graph.file.id}`;
      made.push(`${group}.${name}, node ${id}, link ${link?.id}${inside}`);
    }
  }
  return made;
}
