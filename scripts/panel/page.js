// The editor in a browser, with our extension in it and its routes made up.

import { readFile, readdir } from 'node:fs/promises';
import { join, extname } from 'node:path';
import { chromium } from '../editor_truth/node_modules/playwright-core/index.mjs';

const NAME = 'comfyui-api-manager';
const TYPES = { '.js': 'text/javascript', '.css': 'text/css' };
/** How long one thing may take on a busy machine, in milliseconds. */
const PATIENCE = 60_000;

/** A browser that shows the editor of `url`, with the extension in `folder` over `backend`. */
export async function openEditor({ url, executablePath, folder, backend }) {
  const args = ['--no-sandbox', '--disable-gpu', '--no-proxy-server'];
  const browser = await chromium.launch({ executablePath, args });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(PATIENCE);
  // The last route that fits is asked first.
  const elsewhere = (address) => address.protocol.startsWith('http') && address.origin !== url;
  await context.route(elsewhere, (route) => route.abort());
  // Whoever comes for the first time is shown templates.
  const settings = { 'Comfy.TutorialCompleted': true };
  await context.route(`${url}/api/settings`, (route) => route.fulfill({ json: settings }));
  await serveExtension(context, url, folder);
  // The editor puts `/api` before routes, but not before one that begins with these letters.
  await context.route(`${url}/api-manager/**`, (route) => answer(route, backend));
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  await page.waitForFunction(
    () => window.app?.extensionManager?.workflow?.activeWorkflow && document.querySelector('#api-manager-badge'),
  );
  return { browser, page, errors };
}

async function serveExtension(context, url, folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => extname(name) in TYPES);
  const scripts = files.filter((name) => name.endsWith('.js'));
  await context.route(`${url}/api/extensions`, async (route) => {
    const theirs = await (await route.fetch()).json().catch(() => []);
    const ours = scripts.map((name) => `/extensions/${NAME}/${name}`);
    await route.fulfill({ json: [...theirs, ...ours] });
  });
  await context.route(`${url}/extensions/${NAME}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.split(`/${NAME}/`)[1];
    const body = await readFile(join(folder, name));
    await route.fulfill({ body, contentType: TYPES[extname(name)] });
  });
}

async function answer(route, backend) {
  const asked = route.request();
  const { pathname, searchParams } = new URL(asked.url());
  const path = pathname.replace('/api-manager', '');
  await route.fulfill(backend.answer(asked.method(), path, searchParams, asked.postDataJSON()));
}

/** What the server would push over the editor's WebSocket, all of it at once. */
export async function push(page, name, ...details) {
  const receive = ([event, values]) => {
    for (const detail of values) window.app.api.dispatchEvent(new CustomEvent(event, { detail }));
  };
  await page.evaluate(receive, [name, details]);
}
