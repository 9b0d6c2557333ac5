//! Who submits jobs: the user and the machine, as the history shows them.

/// Name of this machine.
pub(crate) fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// `user@host`.
pub(crate) fn user_at_host() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    format!(
        "{}@{}",
        user.unwrap_or_else(|| "unknown".to_owned()),
        host()
    )
}
