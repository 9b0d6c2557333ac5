// The badge in the corner: whether the MCP server runs. Shown only where MCP is enabled; pressing it
// opens the sidebar tab.

import { element } from './dom.js';
import { followMcp, mcpState, onMcp } from './mcp.js';
import { openSidebar } from './sidebar.js';

/** Puts the badge into the page and keeps it up to date; called once. */
export function showBadge() {
  const words = element('span');
  const badge = element(
    'button',
    { type: 'button', id: 'api-manager-badge', className: 'am-badge', hidden: true },
    element('span', { className: 'am-dot', attributes: { 'aria-hidden': 'true' } }),
    words,
  );
  badge.addEventListener('click', openSidebar);
  document.body.append(badge);
  onMcp(() => {
    const { enabled, running, port, reason } = mcpState();
    badge.hidden = !enabled && !running;
    badge.dataset.state = running ? 'on' : 'off';
    words.textContent = running ? `MCP :${port}` : 'MCP off';
    badge.title = running ? 'The MCP server runs' : (reason ?? 'The MCP server does not run');
  });
  followMcp();
}
