// The settings panel. The settings file of the API Manager is the truth: the panel shows what it
// says, and a change in the panel is written there and shows its effect at once.

import { app } from '../../scripts/app.js';
import { mcpState, refreshMcp } from './mcp.js';
import { request } from './server.js';
import { sayError } from './toasts.js';

const TAB = 'API Manager';

/** The keys of the settings file, by the ids that version 2.0.0 gave the panel. */
const KEYS = {
  'APIManager.MCP.enabled': ['mcp', 'enabled'],
  'APIManager.MCP.port': ['mcp', 'port'],
  'APIManager.MCP.transport': ['mcp', 'transport'],
  'APIManager.API.enableWorkflowList': ['api', 'enable_workflow_list'],
  'APIManager.API.enableExecution': ['api', 'enable_execution'],
  'APIManager.API.maxConcurrentJobs': ['api', 'max_concurrent_jobs'],
  'APIManager.JobHistory.enabled': ['job_history', 'enabled'],
  'APIManager.JobHistory.maxJobs': ['job_history', 'max_jobs'],
  'APIManager.JobHistory.storeImages': ['job_history', 'store_images'],
  'APIManager.Logging.level': ['logging', 'level'],
};

/** What the file says, as far as the panel shows it; `null` until it is known. */
let inFile = null;

export const settings = [
  setting('MCP.enabled', 'Enable the MCP server', 'boolean', false, {
    tooltip: 'Lets agents run workflows here. Starts with ComfyUI, when the transport is HTTP.',
  }),
  setting('MCP.port', 'Port', 'number', 8765, {
    attrs: { min: 1024, max: 65535, step: 1, useGrouping: false },
    tooltip: 'Where the MCP server listens on this machine.',
  }),
  setting('MCP.transport', 'Transport', 'combo', 'stdio', {
    options: ['stdio', 'streamable-http'],
    tooltip: 'With stdio, the agent starts `comfyctl mcp` itself, and nothing runs in ComfyUI.',
  }),
  setting('API.enableWorkflowList', 'List saved workflows', 'boolean', true, {
    tooltip: 'The routes below /api-manager/workflows answer.',
  }),
  setting('API.enableExecution', 'Run workflows that are posted', 'boolean', true, {
    tooltip: 'The execute routes below /api-manager answer.',
  }),
  setting('API.maxConcurrentJobs', 'Open jobs at most', 'number', 3, {
    attrs: { min: 1, max: 10, step: 1, showButtons: true },
    tooltip: 'More workflows that are posted meanwhile are refused with status 429.',
  }),
  setting('JobHistory.enabled', 'Keep jobs that have ended', 'boolean', true),
  setting('JobHistory.maxJobs', 'Jobs at most', 'number', 1000, {
    attrs: { min: 100, max: 10000, step: 100, showButtons: true },
    tooltip: 'The oldest jobs that have ended go first.',
  }),
  setting('JobHistory.storeImages', 'Keep files and thumbnails', 'boolean', false, {
    tooltip: 'The files of jobs, and small pictures of their images, stay for as long as the job.',
  }),
  setting('Logging.level', 'Level', 'combo', 'INFO', {
    options: ['DEBUG', 'INFO', 'WARNING', 'ERROR'],
    tooltip: 'How much the API Manager logs.',
  }),
];

/** Shows what the file says; from then on, what is changed in the panel is written to it. */
export async function followSettings() {
  try {
    await show(await request('/settings'));
  } catch (error) {
    sayError('The settings of the API Manager cannot be read', error);
  }
}

function setting(id, name, type, defaultValue, more = {}) {
  const full = `APIManager.${id}`;
  const group = { MCP: 'MCP server', API: 'REST routes', JobHistory: 'Job history', Logging: 'Log' };
  return {
    id: full,
    sortOrder: -Object.keys(KEYS).indexOf(full),
    name,
    type,
    defaultValue,
    category: [TAB, group[id.split('.')[0]], name],
    onChange: (value) => write(full, value),
    ...more,
  };
}

async function show(file) {
  inFile = {};
  for (const [id, [section, key]] of Object.entries(KEYS)) {
    const value = file[section]?.[key];
    if (value === undefined || value === null) continue;
    inFile[id] = value;
    if (app.extensionManager.setting.get(id) !== value) {
      await app.extensionManager.setting.set(id, value);
    }
  }
}

/** The editor also reports values that it has just read or that `show` has just set. */
async function write(id, value) {
  if (inFile === null || inFile[id] === value) return;
  const [section, key] = KEYS[id];
  try {
    inFile[id] = value;
    await request('/settings', { method: 'POST', body: { [section]: { [key]: value } } });
    if (section === 'mcp') {
      await refreshMcp();
      const { enabled, running, transport, reason } = mcpState();
      const should = enabled && transport !== 'stdio';
      if (should && !running) sayError('The MCP server does not run', { message: reason });
    }
  } catch (error) {
    sayError('The setting is not changed', error);
    await followSettings();
  }
}
