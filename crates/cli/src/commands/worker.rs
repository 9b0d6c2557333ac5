//! `comfyctl worker`: looks after jobs so that they outlive whoever submitted them.

use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::until_told_to_stop;

pub(crate) async fn run(context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    manager.work().await?;
    context.printer.note("looking after jobs; stop with Ctrl-C");
    until_told_to_stop().await;
    context.printer.note("handing jobs over");
    manager.close().await;
    Ok(ExitStatus::Success)
}
