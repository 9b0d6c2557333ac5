//! The command line as users meet it: arguments in, output and exit code out.

mod run;
mod support;
