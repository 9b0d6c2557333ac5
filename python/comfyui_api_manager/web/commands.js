// Commands, for the menu, for keyboard shortcuts and for the command palette.

import { startMcp, stopMcp } from './mcp.js';
import { request } from './server.js';
import { openSidebar } from './sidebar.js';
import { say, sayError } from './toasts.js';

export const commands = [
  {
    id: 'APIManager.ShowInfo',
    label: 'Show API Information',
    icon: 'pi pi-info-circle',
    function: showInfo,
  },
  {
    id: 'APIManager.ShowJobHistory',
    label: 'Show Job History',
    icon: 'pi pi-history',
    function: () => openSidebar('history'),
  },
  {
    id: 'APIManager.StartMCP',
    label: 'Start MCP Server',
    icon: 'pi pi-play',
    function: startMcp,
  },
  {
    id: 'APIManager.StopMCP',
    label: 'Stop MCP Server',
    icon: 'pi pi-stop',
    function: stopMcp,
  },
];

export const menuCommands = [
  { path: ['Extensions', 'API Manager'], commands: commands.map((command) => command.id) },
];

async function showInfo() {
  try {
    const { name, version, mcp_enabled: enabled, mcp_port: port, endpoints } = await request('/info');
    const mcp = enabled ? `MCP is enabled on port ${port}.` : 'MCP is disabled.';
    const routes = `${endpoints.length} routes below ${location.origin}/api-manager.`;
    say('info', `${name} ${version}`, `${routes} ${mcp}`, 15000);
  } catch (error) {
    sayError('The API Manager does not answer', error);
  }
}
