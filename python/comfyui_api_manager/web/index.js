// What the API Manager adds to ComfyUI's editor: settings, a sidebar tab, commands, messages.
// The editor loads every file of this folder; only this one registers anything.

import { app } from '../../scripts/app.js';
import { showBadge } from './badge.js';
import { commands, menuCommands } from './commands.js';
import { connect } from './live.js';
import { followSettings, settings } from './settings.js';
import { registerSidebar } from './sidebar.js';
import { announceEnds } from './toasts.js';

app.registerExtension({
  name: 'comfyui-api-manager',
  settings,
  commands,
  menuCommands,
  async setup() {
    addStyle();
    registerSidebar();
    announceEnds();
    showBadge();
    connect();
    await followSettings();
  },
});

function addStyle() {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL('style.css', import.meta.url).href;
  document.head.append(link);
}
