//! Which input of a bypassed node stands for which of its outputs.

use super::slots::Slot;

/// Chooses the input for the output slot `slot` of type `output`, where a value of type `wanted` is
/// needed. Whether anything hangs on that input is not asked: there is no second try.
pub(super) fn choose(slots: &[Slot<'_>], slot: usize, output: &str, wanted: &str) -> Option<usize> {
    if matches!(wanted, "*" | "") {
        let fallback = (!slots.is_empty()).then_some(0);
        return if slot < slots.len() {
            Some(slot)
        } else {
            fallback
        };
    }
    let fits = |candidate: &Slot<'_>| {
        compatible(candidate.kind, output) && compatible(candidate.kind, wanted)
    };
    if slots.get(slot).is_some_and(fits) {
        return Some(slot);
    }
    let same = slots.iter().position(|candidate| candidate.kind == wanted);
    same.or_else(|| slots.iter().position(fits))
}

/// Whether the editor would link the two types. Case does not matter, and one of several is enough.
fn compatible(one: &str, other: &str) -> bool {
    let any = |kind: &str| matches!(kind, "*" | "" | "0");
    if any(one) || any(other) || one.eq_ignore_ascii_case(other) {
        return true;
    }
    let some = |kind: &str| {
        other
            .split(',')
            .any(|other| any(other) || any(kind) || other.eq_ignore_ascii_case(kind))
    };
    one.split(',').any(some)
}

#[cfg(test)]
mod tests {
    use super::super::slots::{Backing, Wire};
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::same_slot(&["MODEL", "CLIP"], 1, "CLIP", "CLIP", Some(1))]
    #[case::first_of_the_type(&["INT", "MASK", "IMAGE"], 0, "IMAGE", "IMAGE", Some(2))]
    #[case::first_that_fits(&["INT", "IMAGE,MASK"], 0, "IMAGE", "IMAGE", Some(1))]
    #[case::none(&["LATENT", "VAE"], 0, "IMAGE", "IMAGE", None)]
    #[case::anything_wanted(&["MODEL", "CLIP"], 1, "CLIP", "*", Some(1))]
    #[case::anything_wanted_of_a_late_slot(&["MODEL"], 3, "CLIP", "*", Some(0))]
    #[case::no_inputs(&[], 0, "CLIP", "*", None)]
    #[case::case_does_not_matter(&["image"], 0, "IMAGE", "Image", Some(0))]
    fn an_input_stands_for_an_output(
        #[case] kinds: &[&'static str],
        #[case] slot: usize,
        #[case] output: &str,
        #[case] wanted: &str,
        #[case] expected: Option<usize>,
    ) {
        let slot_of = |kind: &&'static str| Slot {
            name: "",
            kind,
            wire: Wire::None,
            backing: Backing::None,
        };
        let slots: Vec<Slot<'_>> = kinds.iter().map(slot_of).collect();
        assert_eq!(choose(&slots, slot, output, wanted), expected);
    }
}
