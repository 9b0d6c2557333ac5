// Tests of the parts that need no browser: `node --test scripts/editor_truth`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstDifference } from './difference.js';
import { settle } from './settle.js';

const node = (inputs, class_type = 'KSampler') => ({ class_type, inputs });

test('prompts that a server cannot tell apart are the same', () => {
  const editor = { 1: { ...node({ cfg: 8, model: ['4', 0] }), _meta: { title: 'a' } } };
  const ours = { 1: node({ model: ['4', 0], cfg: 8.0 }) };
  assert.equal(firstDifference(editor, ours), null);
});

test('every kind of difference is named', () => {
  const editor = { 3: node({ seed: 1, text: 'a' }) };
  const cases = [
    [{}, 'node 3 (KSampler) is missing'],
    [{ 3: editor[3], 4: node({}) }, 'node 4 (KSampler) is too much'],
    [{ 3: node({ seed: 1, text: 'a' }, 'Other') }, 'node 3 is Other, the editor sends KSampler'],
    [{ 3: node({ seed: 1 }) }, '3.text is missing, the editor sends "a"'],
    [{ 3: node({ seed: 1, text: 'a', cfg: 8 }) }, '3.cfg is too much, 8'],
    [{ 3: node({ seed: true, text: 'a' }) }, '3.seed is true, the editor sends 1'],
    [{ 3: node({ seed: [1], text: 'a' }) }, '3.seed is [1], the editor sends 1'],
    [{ 3: node({ seed: null, text: 'a' }) }, '3.seed is null, the editor sends 1'],
  ];
  for (const [ours, difference] of cases) assert.equal(firstDifference(editor, ours), difference);
});

test('what we send otherwise on purpose is no difference', () => {
  const editor = { 8: node({ audioUI: '/view?rand=0.1' }) };
  assert.equal(firstDifference(editor, { 8: node({}) }, new Set(['8.audioUI'])), null);
});

test('nothing is left to chance or to the clock', () => {
  const settled = (words) => JSON.parse(settle(JSON.stringify([words])))[0];
  assert.equal(settled('a {red|{light|dark} blue} fox'), 'a red fox');
  assert.equal(settled('{{a|b}|c} and {|x}'), 'a and ');
  assert.equal(settled('\\{a|b\\} {a\\|b|c}'), '\\{a|b\\} a\\|b');
  assert.equal(settled('%date:hhmmss%_%KSampler.seed%'), '%date:yyyy-MM-dd%_%KSampler.seed%');
});

test('a workflow without chance stays as it is', () => {
  const text = '{ "seed": 18446744073709551615, "text": "{a} %x%" }';
  assert.equal(settle(text), text);
});
