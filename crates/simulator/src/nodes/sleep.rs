//! `TestSleep` of ComfyUI's testing nodes: passes a value on after some seconds.

use super::{Context, Failure, Produced};
use comfyctl_workflow::validation::python;
use std::time::{Duration, Instant};

/// Time between two messages of progress.
const TICK: Duration = Duration::from_millis(100);

pub(super) fn sleep(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let value = context.inputs.get("value")?.clone();
    let seconds = context.inputs.float("seconds")?;
    let total = Duration::try_from_secs_f64(seconds)
        .map_err(|_| Failure::raised("ValueError", "sleep length must be non-negative"))?;
    let start = Instant::now();
    loop {
        let elapsed = start.elapsed().min(total);
        let shown = python::from_float(elapsed.as_secs_f64());
        context.step(shown, python::from_float(seconds), None)?;
        if elapsed == total {
            return Ok(vec![value].into());
        }
        context.wait(TICK.min(total.saturating_sub(elapsed)))?;
    }
}
