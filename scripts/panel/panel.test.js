// What the extension promises to whoever works in the editor. Called by run.sh, which serves the editor
// from a simulator: ADDRESS, CHROMIUM and, to look at, SCREENSHOTS are given by the environment.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Backend, job } from './backend.js';
import { openEditor, push } from './page.js';

const { ADDRESS, CHROMIUM, EXTENSION, SCREENSHOTS } = process.env;
const backend = new Backend();
let browser, page, errors;

before(async () => {
  if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true });
  const options = { url: ADDRESS, executablePath: CHROMIUM, folder: EXTENSION, backend };
  ({ browser, page, errors } = await openEditor(options));
});

after(async () => {
  await browser?.close();
});

const command = (id) => page.evaluate((name) => window.app.extensionManager.command.execute(name), id);
const setting = (id) => page.evaluate((name) => window.app.extensionManager.setting.get(name), id);
/** Messages stand in the page twice: for eyes, and for those who are read to. */
const told = (words) => page.getByText(words).first().waitFor();
const asked = (method, path) =>
  backend.asked.filter((each) => each.method === method && each.path === path);
const shot = async (name) => {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
};
/** Waits until something of this side has happened. */
const until = async (happened) => {
  while (!happened()) await page.evaluate(() => new Promise((seen) => requestAnimationFrame(seen)));
};

test('the tab shows open jobs, their progress, and cancels one', async () => {
  await command('Workspace.ToggleSidebarTab.api-manager');
  const row = page.locator('.am-job');
  await row.filter({ hasText: 'workflow 3' }).waitFor();
  assert.match(await row.innerText(), /40 % · node 3/);
  await push(page, 'api-manager.job', job(3, { status: 'running', progress: 0.8, current_node: '9' }));
  await row.filter({ hasText: '80 % · node 9' }).waitFor();
  await shot('jobs');
  await row.getByRole('button', { name: 'Cancel' }).click();
  await until(() => backend.asked.some((each) => each.path.endsWith('/cancel')));
});

test('the icon of the tab counts the open jobs', async () => {
  const tab = page.locator('button', { has: page.locator('.pi-server') });
  await tab.getByText('1', { exact: true }).waitFor();
});

test('whoever works with the keyboard goes from view to view with the arrows', async () => {
  await page.getByRole('tab', { name: 'Jobs' }).focus();
  await page.keyboard.press('ArrowRight');
  const chosen = page.locator('.am-tab[aria-selected=true]');
  assert.equal(await chosen.innerText(), 'History');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'History');
});

test('the history shows thumbnails and errors, and takes names for text', async () => {
  await page.getByText('<b>bold</b>').waitFor();
  await page.getByText('choose one of the models').waitFor();
  const image = page.locator('.am-thumbnail img');
  await image.evaluate((each) => each.decode());
  assert.equal(await image.getAttribute('alt'), '<img src=x onerror="window.hurt=1">.png');
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  await shot('history');
});

test('the history is searched by words and by status', async () => {
  await page.getByLabel('Search the history').fill('bold');
  await page.getByText('workflow 2').waitFor({ state: 'detached' });
  await page.getByLabel('Status').selectOption('completed');
  await page.getByText('No job is like that.').waitFor();
  await page.getByLabel('Search the history').fill('');
  await page.getByText('workflow 2').waitFor();
});

test('statistics and connections are shown, and a connection is tested', async () => {
  await page.getByRole('tab', { name: 'Statistics' }).click();
  await page.getByText('1 min 15 s').waitFor();
  await shot('statistics');
  await page.getByRole('tab', { name: 'Connections' }).click();
  await page.getByRole('button', { name: 'Test gpu' }).click();
  await page.getByText('ComfyUI 0.28.1 · cpu · 3 ms').waitFor();
  await shot('connections');
});

test('a job that ends is told, many that end at once are told together', async () => {
  const failed = { status: 'failed', error: 'Value not in list', metadata: { hint: 'choose another' } };
  await push(page, 'api-manager.job', job(4, failed));
  await told('workflow 4 failed');
  await shot('toast');
  for (let id = 10; id < 16; id += 1) await push(page, 'api-manager.job', job(id));
  await told('6 jobs have ended');
});

test('settings are those of the file, and a change is written to it', async () => {
  assert.equal(await setting('APIManager.API.maxConcurrentJobs'), 4);
  assert.equal(asked('POST', '/settings').length, 0);
  const change = (value) => window.app.extensionManager.setting.set('APIManager.MCP.port', value);
  await page.evaluate(change, 9001);
  await until(() => asked('POST', '/settings').length === 1);
  assert.deepEqual(asked('POST', '/settings')[0].body, { mcp: { port: 9001 } });
});

test('a setting that is refused is told, and shown as it was', async () => {
  const change = () => window.app.extensionManager.setting.set('APIManager.MCP.port', 1025);
  await page.evaluate(change);
  await told('`mcp.port` is taken');
  await page.waitForFunction(
    () => window.app.extensionManager.setting.get('APIManager.MCP.port') === 9001,
  );
});

test('the badge says whether the MCP server runs, and commands start and stop it', async () => {
  const badge = page.locator('#api-manager-badge');
  assert.equal(await badge.innerText(), 'MCP off');
  await command('APIManager.StartMCP');
  await badge.getByText('MCP :8765').waitFor();
  await command('APIManager.StopMCP');
  await badge.getByText('MCP off').waitFor();
});

test('the light theme is readable too', async () => {
  await page.evaluate(() => window.app.extensionManager.setting.set('Comfy.ColorPalette', 'light'));
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByText('workflow 2').waitFor();
  const [text, surface] = await page.evaluate(() => {
    const luminance = (color) =>
      color.match(/[\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
    const job = getComputedStyle(document.querySelector('.am-job'));
    return [luminance(job.color), luminance(job.backgroundColor)];
  });
  assert.ok(surface - text > 0.4, `text ${text} on ${surface}`);
  await shot('light');
});

test('nothing was thrown', () => {
  assert.deepEqual(errors, []);
});
