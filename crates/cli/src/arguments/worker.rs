use clap::Args;

/// Look after jobs that wait or that nobody follows any more, until it is stopped
#[derive(Debug, Args)]
#[command(after_help = "\
Jobs of `run --no-wait` and of batches outlive the program that submitted them: a worker sends them
when a connection has a free slot, and follows them to their end. Several workers share the work.
On Ctrl-C or SIGTERM it finishes its writes and hands its jobs over; they go on.

Examples:
  comfyctl worker
  comfyctl worker -v")]
pub(crate) struct WorkerArguments {}
