// The real editor, in a browser without a window.

import { chromium } from 'playwright-core';

/** How long one thing may take on a busy machine, in milliseconds. */
const PATIENCE = 120_000;

/** A page has seen enough after so many workflows: what they leave behind slows it down. */
const WORKFLOWS_OF_A_PAGE = 50;

export class Editor {
  static async open(url, executablePath) {
    const args = ['--no-sandbox', '--disable-gpu', '--no-proxy-server'];
    const browser = await chromium.launch({ executablePath, args });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(PATIENCE);
    // The editor greets its makers on every start.
    const elsewhere = (address) => address.protocol.startsWith('http') && address.origin !== url;
    await context.route(elsewhere, (route) => route.abort());
    const editor = new Editor();
    Object.assign(editor, { url, browser, context, seen: 0 });
    await editor.#openPage();
    return editor;
  }

  async close() {
    await this.browser.close();
  }

  /** What the editor sends for the text of a workflow: {prompt} or {error}. */
  async send(text) {
    if (this.seen === WORKFLOWS_OF_A_PAGE) await this.#openPage();
    this.seen += 1;
    let timer;
    const tooLate = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('the editor does not answer')), PATIENCE);
    });
    try {
      return await Promise.race([this.page.evaluate(loadAndSend, text), tooLate]);
    } catch (error) {
      await this.#openPage();
      return { error: error.message.split('\n')[0] };
    } finally {
      clearTimeout(timer);
    }
  }

  async #openPage() {
    await this.page?.close();
    this.page = await this.context.newPage();
    this.page.on('dialog', (dialog) => dialog.dismiss());
    await this.page.goto(this.url);
    // An open workflow is the last that the editor makes when it starts.
    await this.page.waitForFunction(
      () => window.app?.extensionManager?.workflow?.activeWorkflow && window.app.graph,
    );
    this.seen = 0;
  }
}

/**
 * Runs in the page. Some widgets come a moment after the load, so the prompt counts when it has
 * been the same for several looks.
 */
async function loadAndSend(text) {
  const LOOKS = 4;
  const frame = () => new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)));
  const silent = {
    silentAssetErrors: true,
    showMissingNodesDialog: false,
    showMissingModelsDialog: false,
  };
  try {
    const workflow = JSON.parse(text);
    const wanted = workflow.nodes.length;
    await window.app.loadGraphData(workflow, true, true, null, silent);
    // It tells the person in front of it, and goes on with an empty graph.
    if (wanted > 0 && window.app.graph.nodes.length === 0) throw new Error('it cannot load it');
    let last = null;
    let same = 0;
    while (same < LOOKS) {
      await frame();
      const sent = JSON.stringify((await window.app.graphToPrompt()).output);
      same = sent === last ? same + 1 : 0;
      last = sent;
    }
    return { prompt: JSON.parse(last) };
  } catch (error) {
    return { error: String(error).split('\n')[0] };
  }
}
