// One job of the history: when and where it ran, what it made, what went wrong.

import { button, element, mishap } from '../dom.js';
import { addressOf } from '../server.js';
import { duration, moment, nameOf, percent, tipOf } from '../words.js';

/** Pictures of a job that are shown before more are asked for. */
const PICTURES = 12;
/** Characters of a text that are shown. */
const TEXT = 300;

/** A row whose parts are made anew only when the job has changed. */
export function makeRow() {
  const item = element('li', { className: 'am-job' });
  let shown = null;
  const show = (job) => {
    const said = JSON.stringify(job);
    if (said === shown) return;
    shown = said;
    item.replaceChildren(...parts(job));
  };
  return { item, show };
}

function parts(job) {
  const status = { className: 'am-status', attributes: { 'data-status': job.status } };
  const progress = job.status === 'running' && percent(job.progress);
  const facts = [moment(job.created_at), duration(job.duration), progress, job.connection_name];
  return [
    element(
      'div',
      { className: 'am-row' },
      element('strong', { className: 'am-name', title: tipOf(job) }, nameOf(job)),
      element('span', status, job.status),
    ),
    element('p', { className: 'am-detail' }, facts.filter(Boolean).join(' · ')),
    job.error && mishap(job.error, job.metadata?.hint),
    pictures(job.outputs.filter((output) => output.preview_url)),
    ...job.outputs.filter((output) => !output.preview_url).map(other),
  ].filter(Boolean);
}

function pictures(outputs) {
  if (outputs.length === 0) return null;
  const grid = element('div', { className: 'am-thumbnails' });
  grid.append(...outputs.slice(0, PICTURES).map(picture));
  const rest = outputs.slice(PICTURES);
  if (rest.length > 0) {
    const all = button(`+${rest.length}`, () => all.replaceWith(...rest.map(picture)), {
      title: `Show ${rest.length} more pictures`,
    });
    grid.append(all);
  }
  return grid;
}

function picture(output) {
  const link = linkTo(output, 'am-thumbnail');
  const image = element('img', {
    loading: 'lazy',
    decoding: 'async',
    alt: output.filename,
    src: addressOf(output.preview_url),
  });
  // Its server may be off or may have forgotten it, and no thumbnail was kept.
  image.addEventListener('error', () => link.replaceChildren(output.filename));
  link.append(image);
  return link;
}

/** A video, a sound, a model, ...: its name; a text: the beginning of it. */
function other(output) {
  if (output.url) {
    const link = linkTo(output, 'am-file');
    link.download = output.filename;
    link.append(output.filename);
    return link;
  }
  if (!output.data) return null;
  const text = output.data.length > TEXT ? `${output.data.slice(0, TEXT)}…` : output.data;
  return element('p', { className: 'am-text' }, text);
}

function linkTo(output, className) {
  return element('a', {
    className,
    href: addressOf(output.url),
    target: '_blank',
    rel: 'noopener',
    title: output.filename,
  });
}
