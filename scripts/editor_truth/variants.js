// Writes variants of workflows, changed as people and programs change them, to see whether ours and
// the editor agree on what nobody wrote by hand. Called by run.sh; the same seed gives the same.
//
//   variants.js --seed 7 --count 300 --definitions FILE --out FOLDER WORKFLOWS...

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Chance } from './variants/chance.js';
import { Workflow } from './variants/graph.js';
import { vary } from './variants/vary.js';

/** A larger workflow takes the editor long and tells no more. */
const MOST_BYTES = 80_000;

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    definitions: { type: 'string' },
    out: { type: 'string' },
  },
});

const chance = new Chance(Number(given.seed));
const definitions = JSON.parse(await readFile(given.definitions, 'utf8'));
const files = await sources(positionals);
await mkdir(given.out, { recursive: true });
for (let count = 1; count <= Number(given.count); count += 1) {
  const { name, text } = chance.pick(files);
  const workflow = new Workflow(JSON.parse(text));
  const changes = vary(workflow, chance, definitions);
  workflow.file.extra = { ...workflow.file.extra, changes };
  await writeFile(join(given.out, `${count}-${name}.json`), JSON.stringify(workflow.file));
}

async function sources(paths) {
  const found = [];
  for (const path of paths) {
    const folder = (await stat(path)).isDirectory();
    const inside = folder ? await readdir(path) : [''];
    const names = inside.filter((name) => !folder || name.endsWith('.json')).sort();
    for (const name of names) {
      const text = await readFile(join(path, name), 'utf8');
      const fits = text.length < MOST_BYTES && Array.isArray(JSON.parse(text).nodes);
      if (fits) found.push({ name: basename(name || path, '.json'), text });
    }
  }
  return found;
}
