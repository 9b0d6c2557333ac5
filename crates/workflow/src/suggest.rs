//! "Did you mean ...?": the name nearest to one that does not exist.

/// The candidate that is most alike, if any is alike enough to be worth mentioning.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE_ENOUGH: f64 = 0.6;
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let other = candidate.chars().count();
        // Each character that one of them has more is a difference, and comparing is slow.
        let may_be_alike = length.min(other) * 5 >= length.max(other) * 3;
        may_be_alike.then(|| strsim::normalized_damerau_levenshtein(&wanted, &candidate))
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((likeness(candidate)?, candidate)))
        .filter(|(likeness, _)| *likeness >= ALIKE_ENOUGH)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

/// The candidate with the same file name, in whatever folder: machines sort their models differently,
/// and Windows writes other slashes.
pub(crate) fn nearest_file<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    fn file(path: &str) -> Option<&str> {
        path.rsplit(['/', '\\'])
            .next()
            .filter(|file| !file.is_empty())
    }
    let wanted = file(name)?;
    candidates
        .into_iter()
        .find(|candidate| file(candidate) == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::{nearest, nearest_file};

    #[test]
    fn a_file_is_found_in_another_folder() {
        let names = ["other.safetensors", "sd15\\v1.safetensors"];
        assert_eq!(
            nearest_file("SD 1.5/v1.safetensors", names),
            Some("sd15\\v1.safetensors")
        );
        assert_eq!(nearest_file("v2.safetensors", names), None);
    }

    #[test]
    fn case_and_typing_slips_are_forgiven() {
        let names = ["KSampler", "KSamplerAdvanced", "VAEDecode"];
        assert_eq!(nearest("ksampler", names), Some("KSampler"));
        assert_eq!(nearest("VAEDecod", names), Some("VAEDecode"));
        assert_eq!(nearest("Nothing of the kind", names), None);
    }
}
