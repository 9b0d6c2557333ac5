// The tab in the sidebar: views of the jobs that run, the history, statistics and connections.

import { app } from '../../scripts/app.js';
import { element } from './dom.js';
import { countOpen, onLive } from './live.js';
import { connections } from './views/connections.js';
import { history } from './views/history.js';
import { jobs } from './views/jobs.js';
import { statistics } from './views/statistics.js';

const ID = 'api-manager';

/** Each view is drawn into a container, and ends what it began when the signal is aborted. */
const VIEWS = [
  { id: 'jobs', label: 'Jobs', draw: jobs },
  { id: 'history', label: 'History', draw: history },
  { id: 'statistics', label: 'Statistics', draw: statistics },
  { id: 'connections', label: 'Connections', draw: connections },
];

let chosen = 'jobs';
/** The views that are shown, while the tab is open. */
let shown = null;

/** Adds the tab; called once. */
export function registerSidebar() {
  app.extensionManager.registerSidebarTab({
    id: ID,
    icon: 'pi pi-server',
    title: 'API Manager',
    label: 'API Jobs',
    tooltip: 'API Manager: jobs, history, connections',
    type: 'custom',
    render: open,
    destroy: close,
  });
  onLive('jobs', countOnIcon);
}

/** Opens the tab, at one of its views if one is named. */
export function openSidebar(view = null) {
  if (VIEWS.some(({ id }) => id === view)) chosen = view;
  if (shown?.container.isConnected) {
    shown.choose(chosen);
    return;
  }
  app.extensionManager.command.execute(`Workspace.ToggleSidebarTab.${ID}`);
}

function open(container) {
  close();
  const panel = element('div', {
    id: 'api-manager-view',
    className: 'am-view',
    attributes: { role: 'tabpanel', tabindex: '0' },
  });
  const tabs = VIEWS.map(({ id, label }) =>
    element(
      'button',
      {
        type: 'button',
        id: `api-manager-tab-${id}`,
        className: 'am-tab',
        attributes: { role: 'tab', 'aria-controls': panel.id },
        onclick: () => choose(id),
      },
      label,
    ),
  );
  const list = element(
    'div',
    { className: 'am-tabs', attributes: { role: 'tablist', 'aria-label': 'API Manager' } },
    ...tabs,
  );
  list.addEventListener('keydown', (event) => moveAmong(tabs, event));
  const title = element('h2', { className: 'am-title' }, 'API Manager');
  const whole = element('div', { className: 'am-panel' }, title, list, panel);
  whole.addEventListener('keydown', keepFromEditor);
  container.classList.add('am-tab-content');
  container.replaceChildren(whole);

  function choose(id) {
    chosen = id;
    shown.view?.abort();
    shown.view = new AbortController();
    VIEWS.forEach((view, at) => {
      tabs[at].setAttribute('aria-selected', view.id === id);
      tabs[at].tabIndex = view.id === id ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', `api-manager-tab-${id}`);
    panel.replaceChildren();
    VIEWS.find((view) => view.id === id).draw(panel, shown.view.signal);
  }

  shown = { container, choose, view: null };
  choose(chosen);
}

function close() {
  shown?.view?.abort();
  shown = null;
}

/** Arrow keys go from tab to tab, as in any list of tabs. */
function moveAmong(tabs, event) {
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  const at = tabs.indexOf(document.activeElement);
  let next = null;
  if (event.key in steps) next = tabs.at((at + steps[event.key]) % tabs.length);
  if (event.key === 'Home') next = tabs.at(0);
  if (event.key === 'End') next = tabs.at(-1);
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

/** What is typed here is no shortcut of the editor, which would delete nodes or queue the workflow. */
function keepFromEditor(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

/** The icon of the tab says how many jobs are open. */
function countOnIcon() {
  const count = countOpen();
  const tab = app.extensionManager.getSidebarTabs?.().find(({ id }) => id === ID);
  if (tab) tab.iconBadge = count > 0 ? String(count) : null;
}
