//! How a simulated server is set up.

use crate::clock::{Clock, SystemClock};
use crate::fault::{Fault, Faults};
use crate::simulator::{Simulator, StartError};
use comfyctl_workflow::Definitions;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Settings of a server that is not started yet; see [`Simulator::builder`].
#[derive(Debug)]
pub struct Builder {
    pub(crate) port: u16,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) settings: Settings,
    faults: Vec<Fault>,
}

/// What stays the same over restarts of one simulator.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) definitions: Definitions,
    /// The files of the editor, if it has one.
    pub(crate) frontend: Option<PathBuf>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) faults: Faults,
    /// Time that a sampler takes for each step, on top of its work.
    pub(crate) step_time: Duration,
    /// Whether samplers send previews to prompts that do not say.
    pub(crate) previews: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            port: 0,
            directory: None,
            settings: Settings {
                definitions: Definitions::default(),
                frontend: None,
                clock: Arc::new(SystemClock),
                faults: Faults::default(),
                step_time: Duration::ZERO,
                previews: false,
            },
            faults: Vec::new(),
        }
    }
}

impl Builder {
    /// The TCP port on the loopback address; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The folder in which `input`, `output`, `temp`, `user` and `models` lie. What is missing is
    /// made; a new `models` gets placeholders with well-known names. By default a fresh folder that
    /// is removed when the simulator is dropped.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// More node classes, as `GET /object_info` of a real server gives them: prompts with them
    /// validate, and executing one is an execution error that says so.
    #[must_use]
    pub fn definitions(mut self, definitions: Definitions) -> Self {
        self.settings.definitions = definitions;
        self
    }

    /// The folder with the editor's files: `static` of the package `comfyui-frontend-package`. By
    /// default the server has a page that says what it is, and no editor.
    #[must_use]
    pub fn frontend(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.frontend = Some(folder.into());
        self
    }

    /// The clock for timestamps. By default the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    /// A fault that is in force from the start. May be called more than once.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// How long a sampler takes for each step, so that people see its progress. By default no
    /// longer than the work takes.
    #[must_use]
    pub fn step_time(mut self, step_time: Duration) -> Self {
        self.settings.step_time = step_time;
        self
    }

    /// Whether samplers send previews by default, as a server started with `--preview-method` does.
    /// Off by default, as there; `extra_data.preview_method` decides for a single prompt.
    #[must_use]
    pub fn previews(mut self, previews: bool) -> Self {
        self.settings.previews = previews;
        self
    }

    /// Starts listening.
    pub async fn start(self) -> Result<Simulator, StartError> {
        for fault in &self.faults {
            self.settings.faults.add(fault.clone());
        }
        Simulator::start(self.port, self.directory, self.settings).await
    }
}
