// Compares what `comfyctl workflow convert` makes of workflows with what the editor sends for them.
// Called by run.sh. One line for each workflow that differs, then a summary; exits with 1 if any does.

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { convert, startSimulator } from './comfyctl.js';
import { firstDifference } from './difference.js';
import { Editor } from './editor.js';
import { settle } from './settle.js';

/** Differences that are on purpose and that no warning names. */
const KNOWN = JSON.parse(await readFile(new URL('known.json', import.meta.url), 'utf8'));

/** Warnings of inputs that we send otherwise than the editor on purpose. */
const BETTER = new Set(['browser_value', 'capture_needed']);

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    comfyctl: { type: 'string' },
    chromium: { type: 'string' },
    frontend: { type: 'string' },
    'frontend-folder': { type: 'string' },
    definitions: { type: 'string' },
    scratch: { type: 'string' },
  },
});

try {
  process.exitCode = (await compareAll()) ? 0 : 1;
} catch (error) {
  console.error(`failed to compare with the real editor: ${error.message}`);
  process.exitCode = 1;
}

async function compareAll() {
  const folder = await mkdtemp(join(given.scratch, 'workflows-'));
  const simulator = await startSimulator(given.comfyctl, {
    frontend: given['frontend-folder'],
    definitions: given.definitions,
  });
  let editor;
  try {
    const options = ['--url', simulator.url, '--frontend', given.frontend];
    const files = await prepare(await listed(positionals), folder, options);
    const conversions = await convert(given.comfyctl, files, options);
    editor = await Editor.open(simulator.url, given.chromium);
    return await compare(editor, conversions);
  } finally {
    await editor?.close();
    await simulator.stop();
    await rm(folder, { recursive: true });
  }
}

/** The JSON files of folders, and files as they are. */
async function listed(paths) {
  const files = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      files.push(path);
      continue;
    }
    const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
    files.push(...names.map((name) => join(path, name)));
  }
  if (files.length === 0) throw new Error(`no workflows in ${paths.join(', ')}`);
  return files;
}

/** Copies with nothing left to chance; of prompts, the workflows that we make of them. */
async function prepare(files, folder, options) {
  const prompts = [];
  const workflows = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const list = Array.isArray(JSON.parse(text).nodes) ? workflows : prompts;
    list.push({ file, text });
  }
  if (prompts.length > 0) {
    const sources = prompts.map((prompt) => prompt.file);
    const made = await convert(given.comfyctl, sources, ['--to', 'ui', '--out', folder, ...options]);
    for (const { file, output, error } of made) {
      if (error) console.log(`${basename(file)}: no workflow can be made of it: ${error.message}`);
      else workflows.push({ file: output, text: await readFile(output, 'utf8') });
    }
  }
  return Promise.all(workflows.map(({ file, text }) => settled(folder, file, text)));
}

async function settled(folder, file, text) {
  const copy = join(folder, basename(file));
  await writeFile(copy, settle(text));
  return copy;
}

async function compare(editor, conversions) {
  const count = { same: 0, different: 0, known: 0, refused: 0, unsendable: 0 };
  for (const ours of conversions) {
    const name = basename(ours.file, '.json');
    const theirs = await editor.send(await readFile(ours.file, 'utf8'));
    const [verdict, reason] = judge(name, theirs, ours);
    count[verdict] += 1;
    if (reason) console.log(`${name}: ${reason}`);
    if (verdict === 'different') await tellChanges(ours.file);
  }
  console.log(
    `editor ${given.frontend}: ${conversions.length} workflows, ${count.same} the same, ` +
      `${count.different} different, ${count.known} different on purpose, ` +
      `${count.refused} that we refuse and no server takes, ` +
      `${count.unsendable} that the editor cannot send`,
  );
  return count.different === 0;
}

/** What variants.js made of a workflow. */
async function tellChanges(file) {
  const changes = JSON.parse(await readFile(file, 'utf8')).extra?.changes ?? [];
  for (const change of changes) console.log(`    ${change}`);
}

/** A verdict and, unless both agree, the reason. */
function judge(name, theirs, ours) {
  if (theirs.error) return ['unsendable', `(the editor cannot send it: ${theirs.error})`];
  if (ours.error) {
    const sent = Object.values(theirs.prompt);
    const what = sent.length === 0 ? 'nothing' : 'a node without a class';
    const takable = sent.every((node) => node.class_type) && sent.length > 0;
    if (takable) return ['different', `it is refused: ${ours.error.message}`];
    return ['refused', `(the editor sends ${what}: ${ours.error.message})`];
  }
  const ignored = onPurpose(theirs.prompt, ours.warnings);
  const difference = firstDifference(theirs.prompt, ours.prompt, ignored);
  if (!difference) return ['same', null];
  const isKnown = (each) => name.endsWith(each.workflow) && each.difference === difference;
  const known = KNOWN.find(isKnown);
  return known ? ['known', `(${difference}; ${known.reason})`] : ['different', difference];
}

/** Inputs that a warning says are sent otherwise, as "node.input". */
function onPurpose(theirs, warnings) {
  const better = warnings.filter((warning) => BETTER.has(warning.code));
  const inputs = better.map((warning) => `${warning.node}.${warning.input}`);
  // This warning names the node of the subgraph; the null shows up at nodes inside.
  const nulled = warnings.filter((warning) => warning.code === 'null_host_value');
  const inside = (id) => nulled.some(({ node }) => id.startsWith(`${node}:`));
  for (const [id, node] of Object.entries(theirs).filter(([id]) => inside(id))) {
    const nulls = Object.keys(node.inputs).filter((input) => node.inputs[input] === null);
    inputs.push(...nulls.map((input) => `${id}.${input}`));
  }
  return new Set(inputs);
}
