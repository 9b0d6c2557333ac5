//! A client of a server of its own, over a pipe, against a simulated ComfyUI.

use comfyctl_client::ListenerOptions;
use comfyctl_manager::{ConnectionChoice, Locations, Manager};
use comfyctl_mcp::{Backend, Options, serve_stdio};
use comfyctl_simulator::Simulator;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ElicitRequestParams,
    ElicitResult, ElicitationAction, Implementation, ProgressNotificationParam, ProtocolVersion,
    ResourceUpdatedNotificationParam,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, NotificationContext, RequestContext, RunningService,
};
use rmcp::{ClientHandler, ErrorData, RoleClient};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;

/// Sockets that are missed soon.
fn quick() -> ListenerOptions {
    ListenerOptions {
        ping_interval: Duration::from_millis(50),
        silence_timeout: Duration::from_millis(200),
        close_timeout: Duration::from_millis(100),
        quiet_time: Duration::from_millis(200),
        shortest_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(50),
        ..ListenerOptions::default()
    }
}

/// Longest that a message is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// Agrees to everything and remembers what it is told.
#[derive(Debug, Default, Clone)]
pub(crate) struct Agent {
    pub(crate) told: Arc<Mutex<Vec<(f64, String)>>>,
    pub(crate) new_tools: Arc<Notify>,
    pub(crate) updated: Arc<Notify>,
    pub(crate) knows_tasks: bool,
    /// Speaks as from 2026-07-28 on: no handshake, and what it hears of is a stream that it opens.
    pub(crate) is_modern: bool,
}

impl ClientHandler for Agent {
    fn get_info(&self) -> ClientConfig {
        let offered = ClientCapabilities::builder().enable_elicitation();
        let capabilities = if self.knows_tasks {
            offered.enable_tasks().build()
        } else {
            offered.build()
        };
        ClientConfig::new(capabilities, Implementation::new("agent", "1"))
    }

    async fn create_elicitation(
        &self,
        _request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({})))
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.new_tools.notify_one();
    }

    async fn on_resource_updated(
        &self,
        _update: ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.updated.notify_one();
    }

    async fn on_progress(
        &self,
        progress: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let message = progress.message.unwrap_or_default();
        self.told.lock().unwrap().push((progress.progress, message));
    }
}

/// What is waited for, which must come.
pub(crate) async fn soon<T>(waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}

pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    pub(crate) folder: TempDir,
    pub(crate) agent: Agent,
    pub(crate) client: RunningService<RoleClient, Agent>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self::at(Simulator::builder().start().await.unwrap(), options).await
    }

    /// Of a server that takes its time.
    pub(crate) async fn at(simulator: Simulator, options: Options) -> Self {
        Self::of(Agent::default(), simulator, options).await
    }

    pub(crate) async fn of(agent: Agent, simulator: Simulator, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        std::fs::create_dir_all(&work).unwrap();
        let locations = Locations {
            settings_file: folder.path().join("settings.json"),
            data_folder: folder.path().join("data"),
        };
        let options = Options {
            connection: ConnectionChoice::Address(simulator.url()),
            working_folder: work,
            ..options
        };
        let manager = Manager::open(locations)
            .unwrap()
            .with_source("mcp")
            .with_listener_options(quick());
        let backend = Backend::new(manager, options);
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(theirs);
        tokio::spawn(serve_stdio(backend, input, output));
        let lifecycle = if agent.is_modern {
            ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            }
        } else {
            ClientLifecycleMode::Initialize
        };
        let client = agent.clone().serve_with_lifecycle(ours, lifecycle);
        let client = client.await.unwrap();
        Self {
            simulator,
            folder,
            agent,
            client,
        }
    }

    /// Calls a tool; what comes back fits the schema that the tool promises.
    pub(crate) async fn call(&self, tool: &'static str, arguments: Value) -> CallToolResult {
        let arguments = arguments.as_object().cloned().unwrap();
        let request = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = self.client.call_tool(request).await.unwrap();
        let tools = self.client.list_all_tools().await.unwrap();
        let listed = tools.iter().find(|listed| listed.name == tool).unwrap();
        let schema = Value::Object((**listed.output_schema.as_ref().unwrap()).clone());
        let structured = result.structured_content.clone().unwrap();
        if let Err(error) = jsonschema::validate(&schema, &structured) {
            panic!("{tool}: {error}: {structured}");
        }
        let text = result.content[0].as_text().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text.text).unwrap(),
            structured
        );
        result
    }

    /// Calls a tool that succeeds.
    pub(crate) async fn good(&self, tool: &'static str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        let structured = result.structured_content.unwrap();
        assert_eq!(structured["success"], true, "{tool}: {structured}");
        assert_eq!(result.is_error, Some(false));
        structured
    }

    /// Calls a tool that fails.
    pub(crate) async fn bad(&self, tool: &'static str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        let structured = result.structured_content.unwrap();
        assert_eq!(structured["success"], false, "{tool}: {structured}");
        assert_eq!(result.is_error, Some(true));
        structured
    }

    /// Waits until the server says that its tools have changed.
    pub(crate) async fn told_of_new_tools(&self) {
        soon(self.agent.new_tools.notified()).await;
    }

    /// A picture in the working folder.
    pub(crate) fn picture(&self) -> String {
        let path = self.folder.path().join("work/cat.png");
        let pixels = image::RgbImage::from_pixel(64, 64, image::Rgb([200, 40, 40]));
        pixels.save(&path).unwrap();
        "cat.png".to_owned()
    }
}

/// An image of one colour, which takes no model.
pub(crate) fn plain() -> Value {
    json!({
        "1": {"class_type": "EmptyImage",
              "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "plain"}}
    })
}

/// A picture that takes many steps, of a model that the simulator has.
pub(crate) fn sampled(steps: u32) -> Value {
    json!({
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 1, "steps": steps, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal",
            "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["6", 0],
            "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple",
              "inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}},
        "5": {"class_type": "EmptyLatentImage",
              "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "slow", "images": ["8", 0]}}
    })
}
