//! What of a URL may be shown: never its credentials, never its query.

use url::Url;

/// A URL for messages: without user, password, query and fragment.
pub(crate) fn url(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for URLs without a host, which have no credentials.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.as_str().trim_end_matches('/').to_owned()
}

/// Text that should have been a URL, for the message that says it is none.
pub(crate) fn text(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text
        .split_once("://")
        .map_or(("", text), |(scheme, rest)| (scheme, rest));
    let separator = if scheme.is_empty() { "" } else { "://" };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}{separator}***@{host}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn credentials_and_queries_are_not_shown() {
        let url = "https://me:s3cret@host/comfy/?token=s3cret#s3cret"
            .parse()
            .unwrap();
        assert_eq!(super::url(&url), "https://host/comfy");
        assert_eq!(
            super::text("http://me:s3@cret@ho st/x?token=s3cret"),
            "http://***@ho st/x"
        );
        assert_eq!(super::text("me:s3cret@host"), "***@host");
        assert_eq!(super::text("ho st"), "ho st");
    }
}
