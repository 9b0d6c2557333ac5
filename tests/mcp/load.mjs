// Many clients over HTTP at once, each running jobs of its own: no call may fail, nobody may be given
// what another made, and the memory of the server may not grow.
//
// Run by run.sh and `make load-mcp`: load.mjs MCP_URL PROCESS_ID SECONDS [CLIENTS]
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, processId, seconds, clients = '64'] = process.argv.slice(2);
const end = performance.now() + Number(seconds) * 1000;

function workflow(prefix, color) {
    return {
        1: { class_type: 'EmptyImage', inputs: { width: 32, height: 32, batch_size: 1, color } },
        2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix } },
    };
}

// In MB.
function memory() {
    const status = readFileSync(`/proc/${processId}/status`, 'utf8');
    return Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024;
}

async function work(number) {
    const client = new Client({ name: `client ${number}`, version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    let jobs = 0;
    do {
        const prefix = `client-${number}-${jobs}`;
        const args = { workflow_json: workflow(prefix, jobs % 256), preview_size: 0 };
        const result = await client.callTool({ name: 'execute_workflow', arguments: args });
        const { status, outputs } = result.structuredContent;
        assert.equal(status, 'completed', JSON.stringify(result.structuredContent));
        const [image] = outputs['2'].images;
        assert(image.filename.startsWith(`${prefix}_`), `${prefix} was given ${image.filename}`);
        jobs += 1;
    } while (performance.now() < end);
    await client.close();
    return jobs;
}

const samples = [];
const sampling = setInterval(() => samples.push(memory()), 500);
const before = memory();
const begun = performance.now();
const jobs = await Promise.all(Array.from({ length: Number(clients) }, (_, number) => work(number)));
clearInterval(sampling);
const total = jobs.reduce((sum, each) => sum + each);
const rate = total / ((performance.now() - begun) / 1000);
console.log(`${clients} clients: ${total} jobs, ${rate.toFixed(0)} a second, each with its own result`);

const third = Math.floor(samples.length / 3);
if (third >= 10) {
    const most = (part) => Math.max(...part);
    const [middle, last] = [most(samples.slice(third, 2 * third)), most(samples.slice(-third))];
    const [first, then] = [middle.toFixed(1), last.toFixed(1)];
    console.log(`memory: ${before.toFixed(1)} MB before, at most ${first} MB half-way, ${then} MB at the end`);
    assert(last <= middle * 1.1, 'the memory of the server grows');
}
