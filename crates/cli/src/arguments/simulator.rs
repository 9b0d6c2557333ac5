//! `comfyctl simulator`.

use clap::Args;
use comfyctl_simulator::Fault;
use std::path::PathBuf;
use std::time::Duration;

/// Run a simulated ComfyUI, with faults on demand
#[derive(Debug, Args)]
#[command(after_help = "\
Behaves like ComfyUI 0.28.1 until Ctrl-C; its sampler paints pictures of its own making. The first
line of stdout is its address, with --json {\"url\"}.

Examples:
  comfyctl simulator
  comfyctl simulator --port 0 --step-time 100 --previews --fault lost-post*1
  curl http://gpu:8188/object_info > nodes.json && comfyctl simulator --object-info nodes.json
  comfyctl simulator --frontend comfyui_frontend_package/static

Faults; *N behind any of them lets it strike N times:
  slow-post=500ms                POST /prompt takes effect and is answered that much later
  lost-post                      POST /prompt takes effect and is cut off before its answer
  status=503:POST:/prompt        the request is answered with the status and has no effect
  status-after=500:POST:/prompt  the request takes effect and is answered with the status
  drop-socket=5                  the socket is cut after 5 frames; without a number, at once
  freeze-socket=5                the socket falls silent after 5 frames
  half-open-socket=5             the same, and the server forgets that it is there
  deafen-socket=5                the socket answers pings and gets no more events
  refuse-socket                  the connection is cut when /ws is asked for
  oom=KSampler                   a node of the class runs out of memory
  slow-node=KSampler:50ms        a node of the class takes longer; a sampler, at each step
  full-disk                      saving an image fails
  kill=2s                        the server is killed that long after its start
  kill-at=KSampler               the server is killed when a node of the class begins

While it runs:
  curl http://127.0.0.1:8188/simulator/faults -d 'lost-post*1'   adds one; -X DELETE removes all
  curl -X POST http://127.0.0.1:8188/simulator/restart           restarts it: all jobs are forgotten")]
pub(crate) struct SimulatorArguments {
    /// TCP port on this machine; 0 for a free one
    #[arg(long, value_name = "N", default_value_t = 8188)]
    pub(crate) port: u16,

    /// More node classes, as a real server's `/object_info` gives them; they validate only
    #[arg(long, value_name = "FILE")]
    pub(crate) object_info: Option<PathBuf>,

    /// Serve the editor too: `static` of an unpacked `comfyui-frontend-package` from `PyPI`
    #[arg(long, value_name = "DIR")]
    pub(crate) frontend: Option<PathBuf>,

    /// What goes wrong; repeatable, see below
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Vec<Fault>,

    /// Keep its files there, instead of in a folder that is removed at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// Time of a sampling step
    #[arg(long, value_name = "MS", default_value = "0", value_parser = parse_milliseconds)]
    pub(crate) step_time: Duration,

    /// Send previews while sampling
    #[arg(long)]
    pub(crate) previews: bool,
}

fn parse_milliseconds(text: &str) -> Result<Duration, String> {
    let milliseconds = text.parse().map(Duration::from_millis);
    milliseconds.map_err(|_| "not a number of milliseconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;
    use std::collections::BTreeSet;

    fn name(spec: &str) -> String {
        spec.split('=').next().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_help_lists_every_fault_as_it_is_written() {
        let command = SimulatorArguments::augment_args(Command::new("simulator"));
        let help = command.get_after_help().unwrap().to_string();
        let (_, faults) = help.split_once("strike N times:\n").unwrap();
        let (faults, _) = faults.split_once("\n\n").unwrap();
        let listed = faults
            .lines()
            .map(|line| line.split_whitespace().next().unwrap());
        let listed = listed.map(|spec| name(&spec.parse::<Fault>().unwrap().to_string()));
        let told = "unknown".parse::<Fault>().unwrap_err().to_string();
        let (_, known) = told.split_once("there are ").unwrap();
        let known: BTreeSet<String> = known.split(", ").map(str::to_owned).collect();
        assert_eq!(listed.collect::<BTreeSet<_>>(), known);
    }
}
