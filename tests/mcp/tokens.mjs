// What a list of tools costs a conversation: counts its tokens (o200k) and refuses more than is
// promised.
//
// Run by run.sh: tokens.mjs COMFYCTL SIMULATOR_URL
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';

const [comfyctl, simulator] = process.argv.slice(2);
const environment = Object.entries(process.env).filter(([name]) => name.startsWith('COMFYCTL_'));

async function list(set) {
    const transport = new StdioClientTransport({
        command: comfyctl,
        args: ['--url', simulator, 'mcp', '--tools', set],
        env: { PATH: process.env.PATH, ...Object.fromEntries(environment) },
    });
    const client = new Client({ name: 'tokens', version: '1' });
    await client.connect(transport);
    const { tools } = await client.listTools();
    await client.close();
    return tools;
}

function count(tools, withResults) {
    const shown = tools.map(({ outputSchema, ...tool }) => (withResults ? { ...tool, outputSchema } : tool));
    return encode(JSON.stringify(shown)).length;
}

for (const [set, most, mostWithResults] of [
    ['full', 5000, 8000],
    ['compact', 450, 8000],
]) {
    const tools = await list(set);
    const [tokens, withResults] = [count(tools, false), count(tools, true)];
    console.log(`${set}: ${tools.length} tools, ${tokens} tokens, with output schemas ${withResults}`);
    assert(tokens <= most && withResults <= mostWithResults, `${set} is too long`);
}
