// How soon `comfyctl mcp` answers, and how much memory it takes. Each figure is that of the program
// itself, spoken to over a pipe, in front of a server that answers in a millisecond.
//
// Run by `make bench-mcp`: bench.mjs COMFYCTL
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [comfyctl] = process.argv.slice(2);
const STARTS = 50;
const CALLS = 500;

const folder = mkdtempSync(join(tmpdir(), 'comfyctl-bench-'));
const comfyui = createServer((_request, response) => {
    setTimeout(() => {
        response.setHeader('content-type', 'application/json');
        response.end('{"queue_running": [], "queue_pending": []}');
    }, 1);
});
await new Promise((ready) => comfyui.listen(0, '127.0.0.1', ready));
const address = `http://127.0.0.1:${comfyui.address().port}`;

// A program that has answered `initialize`, and how long that took.
async function start() {
    const begun = performance.now();
    const child = spawn(comfyctl, ['--url', address, 'mcp'], {
        cwd: folder,
        env: {
            PATH: process.env.PATH,
            COMFYCTL_DATA: join(folder, 'data'),
            COMFYCTL_CONFIG: join(folder, 'settings.json'),
        },
        stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    let id = 0;
    const ask = async (method, params) => {
        id += 1;
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
        return JSON.parse((await answers.next()).value).result;
    };
    await ask('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'bench', version: '1' },
    });
    const took = performance.now() - begun;
    child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    const ended = new Promise((done) => child.on('exit', done));
    const stop = () => (child.stdin.end(), ended);
    return { ask, took, stop, processId: child.pid };
}

function show(what, times) {
    times.sort((one, other) => one - other);
    const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
    console.log(`${what}: median ${at(0.5)} ms, 95 % within ${at(0.95)} ms`);
}

const starts = [];
for (let run = 0; run < STARTS; run += 1) {
    const { took, stop } = await start();
    starts.push(took);
    await stop();
}
show('start to the answer of initialize', starts);

const { ask, stop, processId } = await start();
await ask('tools/list', {});
await new Promise((wait) => setTimeout(wait, 2000));
const status = readFileSync(`/proc/${processId}/status`, 'utf8');
const memory = Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024;
const alone = Number(status.match(/RssAnon:\s+(\d+)/)[1]) / 1024;
console.log(`memory when idle: ${memory.toFixed(1)} MB, of which ${alone.toFixed(1)} MB are its own`);

const calls = [];
const direct = [];
for (let run = 0; run < CALLS; run += 1) {
    let begun = performance.now();
    await fetch(`${address}/queue`).then((response) => response.text());
    direct.push(performance.now() - begun);
    begun = performance.now();
    const result = await ask('tools/call', { name: 'get_queue_status', arguments: {} });
    calls.push(performance.now() - begun);
    if (!result.structuredContent.success) throw new Error(JSON.stringify(result));
}
show('get_queue_status', calls);
show('the same server asked directly', direct);
await stop();
comfyui.close();
rmSync(folder, { recursive: true });
