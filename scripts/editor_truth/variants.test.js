// Tests of the variants: `node --test scripts/editor_truth`.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Chance } from './variants/chance.js';
import { Workflow } from './variants/graph.js';
import { vary } from './variants/vary.js';

const EDGE_CASES = new URL('../../crates/workflow/tests/conversion/', import.meta.url);
const read = async (name) => JSON.parse(await readFile(new URL(name, EDGE_CASES), 'utf8'));
const definitions = await read('definitions.json');
const file = await read('inputs/sub_nested.json');

function variant(seed) {
  const workflow = new Workflow(structuredClone(file));
  const changes = vary(workflow, new Chance(seed), definitions);
  return { changes, text: JSON.stringify(workflow.file) };
}

test('the same seed gives the same variant, another one another', () => {
  assert.deepEqual(variant(7), variant(7));
  assert.notEqual(variant(7).text, variant(8).text);
});

test('every variant is told how it came about', () => {
  for (let seed = 0; seed < 500; seed += 1) {
    assert.ok(variant(seed).changes.length > 0, `seed ${seed}`);
  }
});
