// The official TypeScript SDK drives `comfyctl mcp` through a story, over both transports and in both
// manners of the protocol: with the handshake of 2025-11-25, and without, as from 2026-07-28.
//
// Run by run.sh: story.mjs COMFYCTL SIMULATOR_URL MCP_URL
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [comfyctl, simulator, url] = process.argv.slice(2);

// A job that would take minutes; whoever waits for its end has failed.
const LONG = { prompt: 'a fox', steps: 10_000, width: 64, height: 64 };
const SHORT = { ...LONG, steps: 6 };

// The structured content of a call, which the SDK has held against the tool's output schema.
async function call(client, name, args, options) {
    return (await client.callTool({ name, arguments: args }, options)).structuredContent;
}

async function lists(client) {
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name);
    for (const name of ['execute_workflow', 'generate_image', 'wait_for_job']) {
        assert(names.includes(name), name);
    }
    assert(tools.every((tool) => tool.annotations && tool.outputSchema));
}

async function generates(client) {
    const told = [];
    const options = { onprogress: (progress) => told.push(progress) };
    const result = await client.callTool({ name: 'generate_image', arguments: SHORT }, options);
    const end = result.structuredContent;
    assert(end.success && end.status === 'completed', JSON.stringify(end));
    assert(told.some(({ message }) => message.includes('KSampler')));
    assert(told.every(({ progress }, at) => at === 0 || told[at - 1].progress < progress));
    assert(result.content.some(({ type }) => type === 'image'));
    return result.content.find(({ type }) => type === 'resource_link').uri;
}

async function cancels(client) {
    const abort = new AbortController();
    const onprogress = ({ message }) => message.includes('step') && abort.abort();
    const options = { signal: abort.signal, onprogress };
    await assert.rejects(call(client, 'generate_image', LONG, options));
    const history = await call(client, 'get_job_history', { limit: 1 });
    const end = await call(client, 'wait_for_job', { job_id: history.jobs[0].job_id });
    assert.deepEqual([end.status, end.code], ['cancelled', 'cancelled']);
}

async function reads(client, uri) {
    const [image] = (await client.readResource({ uri })).contents;
    assert(image.mimeType === 'image/png' && image.blob);
    const [jobs] = (await client.readResource({ uri: 'comfyui://jobs/recent' })).contents;
    assert(jobs.text.includes('completed'));
}

async function completes(client) {
    const ref = { type: 'ref/resource', uri: 'comfyui://definitions/{class}' };
    const { completion } = await client.complete({ ref, argument: { name: 'class', value: 'ksam' } });
    assert(completion.values.includes('KSampler'));
}

// Runs a job, and hears of it until it has ended: by a stream, or as it was until 2025-11-25.
async function watches(client, mode) {
    const recent = 'comfyui://jobs/recent';
    const heard = new Promise((resolve) =>
        client.setNotificationHandler('notifications/resources/updated', async ({ params }) => {
            assert.equal(params.uri, recent);
            const [jobs] = (await client.readResource({ uri: recent })).contents;
            if (JSON.parse(jobs.text).jobs[0].status === 'completed') resolve();
        }),
    );
    const stream = mode.pin && (await client.listen({ resourceSubscriptions: [recent] }));
    if (!stream) await client.subscribeResource({ uri: recent });
    assert((await call(client, 'generate_image', SHORT)).success);
    await heard;
    await (stream ? stream.close() : client.unsubscribeResource({ uri: recent }));
}

async function asksBeforeItDestroys(client) {
    assert((await call(client, 'clear_queue', {})).success);
}

async function story(transport, mode) {
    const client = new Client(
        { name: 'story', version: '1' },
        { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode } },
    );
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
    await client.connect(transport);
    await lists(client);
    const link = await generates(client);
    await cancels(client);
    await reads(client, link);
    await completes(client);
    await watches(client, mode);
    await asksBeforeItDestroys(client);
    await client.close();
}

const kept = Object.entries(process.env).filter(([name]) => name.startsWith('COMFYCTL_'));
const transports = {
    stdio: () =>
        new StdioClientTransport({
            command: comfyctl,
            args: ['--url', simulator, 'mcp'],
            env: { PATH: process.env.PATH, ...Object.fromEntries(kept) },
        }),
    HTTP: () => new StreamableHTTPClientTransport(new URL(url)),
};
setTimeout(() => assert.fail('the story takes too long'), 60_000).unref();
for (const [name, transport] of Object.entries(transports)) {
    for (const mode of ['legacy', { pin: '2026-07-28' }]) {
        await story(transport(), mode);
        console.log(`TypeScript SDK over ${name}, ${mode.pin ?? mode}: fine`);
    }
}
