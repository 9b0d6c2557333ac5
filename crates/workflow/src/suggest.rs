//! "Did you mean ...?": the name nearest to one that does not exist.

/// The candidate that is most alike, if any is alike enough to be worth mentioning.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE_ENOUGH: f64 = 0.6;
    let wanted = name.to_lowercase();
    let likeness = |candidate: &str| {
        strsim::normalized_damerau_levenshtein(&wanted, &candidate.to_lowercase())
    };
    candidates
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE_ENOUGH)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn case_and_typing_slips_are_forgiven() {
        let names = ["KSampler", "KSamplerAdvanced", "VAEDecode"];
        assert_eq!(nearest("ksampler", names), Some("KSampler"));
        assert_eq!(nearest("VAEDecod", names), Some("VAEDecode"));
        assert_eq!(nearest("Nothing of the kind", names), None);
    }
}
