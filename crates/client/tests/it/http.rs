//! The routes, against servers good and bad.

mod accidents;
mod delivery;
mod downloads;
mod errors;
mod old_servers;
mod outside_bytes;
mod prompts;
mod proxies;
mod recorded;
mod requests;
mod secrets;
mod story;
mod tls;
mod uploads;
