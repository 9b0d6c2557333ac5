// What the routes of the API Manager answer, made up, for an editor that is served by a simulator:
// the routes themselves are tested in Python. Keeps what was asked, for the tests to look at.

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEklEQVR4nGP4z8DAAMIM/4EIABvcA/1IQ4e1AAAAAElFTkSuQmCC',
  'base64',
);

/** A job as the routes give it, with what differs. */
export function job(id, differs = {}) {
  return {
    job_id: `0199aaaa-0000-7000-8000-${String(id).padStart(12, '0')}`,
    prompt_id: `0199aaaa-0000-7000-8000-${String(id).padStart(12, '0')}`,
    workflow_name: `workflow ${id}`,
    status: 'completed',
    connection_name: 'default',
    inputs: {},
    outputs: [],
    error: null,
    created_at: '2026-01-02T03:04:05Z',
    started_at: '2026-01-02T03:04:06Z',
    completed_at: '2026-01-02T03:04:10Z',
    duration: 4.2,
    progress: 1,
    current_node: null,
    metadata: { source: 'node' },
    ...differs,
  };
}

export function output(filename, differs = {}) {
  return {
    node_id: '9',
    output_type: 'images',
    data: null,
    filename,
    preview_url: `/api-manager/jobs/1/outputs/0?preview=1`,
    url: `/api-manager/jobs/1/outputs/0`,
    ...differs,
  };
}

const OUTPUTS = [
  output('<img src=x onerror="window.hurt=1">.png'),
  output('turntable.mp4', { output_type: 'video', preview_url: null }),
  output(null, { output_type: 'text', data: 'a fox in the snow', preview_url: null, url: null }),
];

export class Backend {
  constructor() {
    this.asked = [];
    /** What all routes answer instead, if anything: {status, json}. */
    this.broken = null;
    this.mcp = { success: true, enabled: true, running: false, port: 8765, transport: 'stdio', reason: null };
    this.settings = {
      mcp: { enabled: true, port: 8765, transport: 'stdio' },
      api: { enable_workflow_list: true, enable_execution: true, max_concurrent_jobs: 4 },
      job_history: { enabled: true, max_jobs: 1000 },
      logging: { level: 'INFO' },
    };
    this.open = [job(3, { status: 'running', progress: 0.4, current_node: '3', completed_at: null })];
    this.ended = [
      job(2, { outputs: OUTPUTS }),
      job(1, {
        status: 'failed',
        workflow_name: '<b>bold</b>',
        error: 'Value not in list: ckpt_name',
        metadata: { hint: 'choose one of the models that the server has' },
      }),
    ];
  }

  /** Answers a request of the page: {status, json} or {body}. */
  answer(method, path, query, body) {
    this.asked.push({ method, path, query: Object.fromEntries(query), body });
    if (this.broken) return this.broken;
    const known = {
      'GET /info': () => ({
        name: 'ComfyUI API Manager',
        version: '3.0.0',
        mcp_enabled: this.mcp.enabled,
        mcp_port: 8765,
        endpoints: ['GET /api-manager/info'],
      }),
      'GET /settings': () => this.settings,
      'POST /settings': () => this.#change(body),
      'GET /jobs': () => this.#list(query),
      'GET /jobs/stats': () => ({ success: true, statistics: STATISTICS }),
      'GET /connections': () => CONNECTIONS,
      'GET /mcp/status': () => this.mcp,
      'POST /mcp/start': () => this.#run(true),
      'POST /mcp/stop': () => this.#run(false),
    };
    if (/\/outputs\//.test(path)) return { body: PICTURE, contentType: 'image/png' };
    if (/\/cancel$/.test(path)) return { json: { success: true, status: null } };
    if (/\/test$/.test(path)) return { json: { success: true, ...TEST } };
    const found = known[`${method} ${path}`];
    if (!found) return { status: 404, json: { success: false, error: `no route ${path}` } };
    const json = found();
    return { status: json.success === false ? 400 : 200, json };
  }

  #list(query) {
    const status = query.get('status');
    const words = query.get('search') ?? '';
    const jobs = status === 'active' ? this.open : [...this.open, ...this.ended];
    const fits = (each) =>
      each.workflow_name.includes(words) && (!status || status === 'active' || each.status === status);
    const found = jobs.filter(fits);
    const begin = Number(query.get('after') ?? 0);
    const end = begin + Number(query.get('limit'));
    const page = found.slice(begin, end);
    return { success: true, jobs: page, count: page.length, next: end < found.length ? String(end) : null };
  }

  #change(sections) {
    for (const [section, values] of Object.entries(sections)) {
      if (values.port === 1025) return { success: false, error: '`mcp.port` is taken', hint: 'try 8766' };
      Object.assign(this.settings[section], values);
    }
    return { success: true, settings: this.settings };
  }

  #run(running) {
    Object.assign(this.mcp, { running, enabled: true });
    return { success: true, message: `the MCP server ${running ? 'runs' : 'has stopped'}` };
  }
}

const STATISTICS = {
  total_jobs: 12,
  status_counts: { pending: 0, queued: 0, running: 1, completed: 9, failed: 2, cancelled: 0 },
  workflow_counts: { portrait: 8, 'a workflow with a name that is rather long': 4 },
  average_duration_seconds: 75,
  success_rate: 9 / 11,
  active_jobs: 1,
};

const CONNECTIONS = {
  success: true,
  default: 'default',
  connections: [
    { name: 'default', url: 'http://127.0.0.1:8188/' },
    { name: 'gpu', url: 'https://gpu.example/' },
  ],
};

const TEST = { connected: true, version: '0.28.1', devices: ['cpu'], latency_ms: 3.2 };
