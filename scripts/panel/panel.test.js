// What the extension promises to whoever works in the editor. Called by run.sh, which serves the editor
// from a simulator: ADDRESS, CHROMIUM and, to look at, SCREENSHOTS are given by the environment.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Backend, job, output } from './backend.js';
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

const LONG = 'portrait_of_a_very_patient_fox_in_the_snow_with_two_passes_and_an_upscaler_v12_final';
const MANY = Array.from({ length: 20 }, (_, at) => output(`${at}.png`));

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
  const metadata = { current_class: 'KSampler', steps: { done: 16, total: 20 } };
  await push(
    page,
    'api-manager.job',
    job(3, { status: 'running', progress: 0.8, current_node: '9', metadata }),
  );
  await row.filter({ hasText: '80 % · KSampler (9) 16/20' }).waitFor();
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
  await page.getByRole('link', { name: 'turntable.mp4' }).waitFor();
  await page.getByText('a fox in the snow').waitFor();
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
  await push(page, 'api-manager.job', ...[10, 11, 12, 13, 14, 15].map((id) => job(id)));
  await told('6 jobs have ended');
});

test('hundreds of open jobs are a list of the first, what runs before what waits', async () => {
  await page.getByRole('tab', { name: 'Jobs' }).click();
  const ids = Array.from({ length: 300 }, (_, at) => 1000 + at);
  await push(page, 'api-manager.job', ...ids.map((id) => job(id, { status: 'pending' })));
  await page.getByText('and 201 more that wait').waitFor();
  assert.equal(await page.locator('.am-job').count(), 100);
  await push(page, 'api-manager.job', job(1299, { status: 'running', workflow_name: LONG }));
  await page.locator('.am-job').nth(1).getByText(LONG).waitFor();
  await shot('many jobs');
  await push(page, 'api-manager.job', ...ids.map((id) => job(id)));
  await page.getByText('more that wait').waitFor({ state: 'detached' });
});

test('what is shown of a long history stays when a job ends, and so does the place of the keyboard', async () => {
  const before = backend.ended;
  backend.ended = Array.from({ length: 80 }, (_, at) => job(500 - at, at === 2 ? { outputs: MANY } : {}));
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByRole('button', { name: 'Show more' }).click();
  const rows = page.locator('.am-job');
  await rows.nth(59).waitFor();
  await page.getByRole('button', { name: 'Show 8 more pictures' }).click();
  const link = page.getByRole('link', { name: '19.png' });
  await link.focus();
  assert.ok(await page.getByRole('tab', { name: 'Jobs' }).isVisible());
  assert.ok((await page.getByRole('tab', { name: 'Jobs' }).boundingBox()).y > 0, 'tabs stay in sight');
  await shot('long history');
  backend.ended.unshift(job(501));
  await push(page, 'api-manager.job', job(501));
  await page.getByText('workflow 501').first().waitFor();
  await rows.nth(60).waitFor();
  assert.ok(await link.evaluate((each) => each === document.activeElement));
  backend.ended = before;
});

test('what cannot be read is told with its reason, and tried again', async () => {
  const json = { success: false, error: '`jobs.retries` is no number', hint: 'see line 7' };
  backend.broken = { status: 400, json };
  for (const view of ['History', 'Statistics', 'Connections']) {
    await page.getByRole('tab', { name: view }).click();
    await page.getByRole('alert').getByText('see line 7').waitFor();
  }
  await shot('broken');
  backend.broken = null;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('https://gpu.example/').waitFor();
});

test('without jobs the history says where they come from', async () => {
  const { open, ended } = backend;
  [backend.open, backend.ended] = [[], []];
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByText('No job yet.').waitFor();
  await shot('empty');
  [backend.open, backend.ended] = [open, ended];
});

test('what is typed in the tab is no shortcut of the editor', async () => {
  await page.evaluate(() => {
    window.heard = [];
    window.addEventListener('keydown', (event) => window.heard.push(event.key));
  });
  await page.getByLabel('Status').focus();
  await page.keyboard.press('r');
  await page.getByRole('tab', { name: 'History' }).focus();
  await page.keyboard.press('Delete');
  assert.deepEqual(await page.evaluate(() => window.heard), []);
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

test('a narrow tab holds everything', async () => {
  await page.evaluate(() => (document.querySelector('.am-panel').style.width = '14rem'));
  const isWider = await page.evaluate(() => {
    const parts = [...document.querySelectorAll('.am-view, .am-tabs, .am-job')];
    return parts.some((part) => part.scrollWidth > part.clientWidth);
  });
  assert.equal(isWider, false);
  await shot('narrow');
});

test('nothing was thrown', () => {
  assert.deepEqual(errors, []);
});
