// Our side: the simulator that serves the editor, and the conversions to compare it with.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Files for one call: a command line has a limit. */
const AT_ONCE = 200;

/** Starts a simulator on a free port. Gives its address and what ends it. */
export async function startSimulator(comfyctl, { frontend, definitions }) {
  const folders = ['--frontend', frontend, '--object-info', definitions];
  const process = spawn(comfyctl, ['simulator', '--port', '0', ...folders], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  process.stderr.on('data', (bytes) => (said += bytes));
  const ended = once(process, 'close');
  const lines = createInterface(process.stdout);
  const address = await Promise.race([once(lines, 'line'), ended]);
  if (typeof address[0] !== 'string') throw new Error(`the simulator does not start: ${said}`);
  const stop = async () => {
    process.kill('SIGTERM');
    await ended;
  };
  return { url: address[0], stop };
}

/** What `comfyctl workflow convert` makes of files: [{file, prompt, output, warnings, error}]. */
export async function convert(comfyctl, files, options) {
  const converted = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const batch = files.slice(start, start + AT_ONCE);
    const answer = await call(comfyctl, ['workflow', 'convert', '--json', ...options, '--', ...batch]);
    converted.push(...answer.files);
  }
  return converted;
}

/** A conversion that fails is told in the answer too, so the exit code says nothing more. */
function call(comfyctl, parameters) {
  return new Promise((resolve, reject) => {
    execFile(comfyctl, parameters, { maxBuffer: 2 ** 30 }, (error, stdout, stderr) => {
      try {
        const answer = JSON.parse(stdout);
        if (!answer.files) throw error;
        resolve(answer);
      } catch {
        reject(new Error(`comfyctl ${parameters[1]} failed: ${stderr || stdout || error}`));
      }
    });
  });
}
