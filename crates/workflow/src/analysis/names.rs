//! Names for parameters: readable, unique, and the same for the same file.
//!
//! A name says what a value is for (`positive_prompt`, `seed`, `width`, `sampler_steps`). Where two
//! would be called the same, the first keeps the name and the others get their node's title, or its
//! id, behind it.

use super::inputs::Found;
use super::kind::{last_segment, number_kind};
use super::known::Known;
use crate::graph::Graph;
use crate::parameters::{Parameter, ParameterKind, Role, ValueType};
use std::collections::HashMap;

/// Names in use, and how far each was counted up.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashMap<String, usize>,
}

impl Names {
    /// The first of the candidates that is free, else the last one with a number behind it.
    pub(crate) fn claim(&mut self, candidates: &[String]) -> String {
        let free = candidates
            .iter()
            .find(|name| !name.is_empty() && !self.taken.contains_key(*name));
        if let Some(name) = free {
            self.taken.insert(name.clone(), 1);
            return name.clone();
        }
        let last = candidates.last().filter(|name| !name.is_empty());
        let stem = last.map_or("parameter", String::as_str).to_owned();
        // Counting goes on where it stopped, so that many equal names stay cheap.
        let mut count = self.taken.get(&stem).copied().unwrap_or(1);
        loop {
            count += 1;
            let name = format!("{stem}_{count}");
            if !self.taken.contains_key(&name) {
                self.taken.insert(name.clone(), 1);
                self.taken.insert(stem, count);
                return name;
            }
        }
    }
}

/// Names all parameters; a prompt text that is nearest to its sampler gets the plain name.
pub(super) fn assign(
    found: Vec<Found>,
    graph: &Graph,
    known: &Known,
    names: &mut Names,
) -> Vec<Parameter> {
    let mut turns: Vec<usize> = (0..found.len()).collect();
    turns.sort_by_key(|index| found[*index].distance);
    let mut parameters: Vec<Parameter> = found.into_iter().map(|found| found.parameter).collect();
    for index in turns {
        let parameter = &mut parameters[index];
        parameter.name = names.claim(&candidates(parameter, graph, known));
        // A node that only holds a number holds a width if that is what it is used for.
        if parameter.kind == ParameterKind::Number {
            parameter.kind = number_kind(&parameter.name);
            let undeclared = known.definition(&parameter.targets[0].class).is_none();
            let is_whole = parameter
                .value
                .as_ref()
                .is_some_and(|value| !value.is_f64());
            if parameter.kind != ParameterKind::Number && undeclared && is_whole {
                parameter.value_type = ValueType::Integer;
            }
        }
    }
    parameters
}

fn candidates(parameter: &Parameter, graph: &Graph, known: &Known) -> Vec<String> {
    let Some(target) = parameter.targets.first() else {
        return Vec::new();
    };
    let base = base(parameter, graph, known);
    let id = slug(target.node.as_str());
    let title = own_title(parameter, known).map(|title| slug(&title));
    let titled = title.filter(|title| !title.is_empty() && *title != base);
    let part = parameter.role.map(|role| {
        let input = slug(last_segment(&target.input));
        format!("{}_{input}", role.as_str())
    });
    let part = part.filter(|_| target.input.starts_with("string_"));
    [
        Some(base.clone()),
        part,
        titled.map(|title| format!("{base}_{title}")),
        Some(format!("{base}_{id}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn base(parameter: &Parameter, graph: &Graph, known: &Known) -> String {
    let Some(target) = parameter.targets.first() else {
        return String::new();
    };
    let input = slug(last_segment(&target.input));
    if let Some(role) = parameter.role {
        return prompt_name(role, &input);
    }
    if parameter.kind == ParameterKind::Seed {
        return "seed".to_owned();
    }
    if is_vague(&input) {
        return purpose(parameter, graph, known, &input);
    }
    match parameter.kind {
        ParameterKind::Video if input == "file" => return "video".to_owned(),
        ParameterKind::Audio if input == "file" => return "audio".to_owned(),
        kind if stands_alone(&input, kind) => return input,
        _ => {}
    }
    let class = class_words(&target.class);
    join(&class, &input)
}

/// `positive_prompt`, or `negative_tags` for a text that is called otherwise.
fn prompt_name(role: Role, input: &str) -> String {
    let role = role.as_str();
    let rest = input.strip_prefix(role).unwrap_or(input);
    match rest.trim_matches('_') {
        "" | "text" | "prompt" | "value" | "string" | "string_a" | "string_b" => {
            format!("{role}_prompt")
        }
        other => format!("{role}_{other}"),
    }
}

/// For a node that only holds a value: what the value is used for, else its title, else its class.
fn purpose(parameter: &Parameter, graph: &Graph, known: &Known, input: &str) -> String {
    let Some(target) = parameter.targets.first() else {
        return input.to_owned();
    };
    if let Some(title) = own_title(parameter, known).map(|title| slug(&title))
        && !title.is_empty()
    {
        return title;
    }
    let mut uses = graph.consumers(target.node.as_str()).iter();
    if let Some(first) = uses.next() {
        let name = slug(last_segment(first.input));
        let agreed = uses.all(|wire| slug(last_segment(wire.input)) == name);
        if agreed && !is_vague(&name) && !name.is_empty() {
            return name;
        }
    }
    join(&class_words(&target.class), input)
}

/// The title where the author chose it: not the class, and not the name that the editor shows.
fn own_title(parameter: &Parameter, known: &Known) -> Option<String> {
    let target = parameter.targets.first()?;
    let title = target.title.as_deref()?.trim();
    let shown = known
        .definition(&target.class)
        .and_then(|definition| definition.display_name.as_deref());
    let default = title == target.class
        || Some(title) == shown
        || slug(title).replace('_', "") == slug(&target.class).replace('_', "");
    (!default).then(|| title.to_owned())
}

/// Names that say nothing about what a value is for.
fn is_vague(input: &str) -> bool {
    let stem = input.trim_end_matches(|last: char| last.is_ascii_digit());
    matches!(
        stem,
        "value" | "text" | "string" | "input" | "a" | "b" | "x" | "y" | "any" | "source" | "number"
    )
}

/// Names that need no class before them.
fn stands_alone(input: &str, kind: ParameterKind) -> bool {
    matches!(
        kind,
        ParameterKind::Size
            | ParameterKind::Model
            | ParameterKind::Image
            | ParameterKind::Video
            | ParameterKind::Audio
            | ParameterKind::File
    ) || matches!(
        input,
        "prompt" | "filename_prefix" | "sampler_name" | "scheduler" | "fps"
    )
}

/// Words of a class without those that only say "node": `sampler` of `KSamplerAdvanced`.
fn class_words(class: &str) -> String {
    let words = slug(&spaced(class));
    let words = words.strip_prefix("k_").unwrap_or(&words);
    let mut kept: Vec<&str> = words.split('_').collect();
    while kept.len() > 1
        && matches!(
            kept.last(),
            Some(&("node" | "advanced" | "simple" | "v2" | "v3" | "loader"))
        )
    {
        kept.pop();
    }
    kept.join("_")
}

/// Puts a space where a word begins inside a class name: `K Sampler`, `VAE Decode`.
fn spaced(class: &str) -> String {
    let characters: Vec<char> = class.chars().collect();
    let mut spaced = String::with_capacity(class.len() * 2);
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let next_is_lower = characters
            .get(at + 1)
            .is_some_and(|next| next.is_lowercase());
        let begins = character.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || next_is_lower);
        if begins {
            spaced.push(' ');
        }
        spaced.push(*character);
    }
    spaced
}

fn join(class: &str, input: &str) -> String {
    if class.is_empty() || class == input || class.ends_with(&format!("_{input}")) {
        class.to_owned()
    } else if let Some(rest) = input.strip_prefix(&format!("{class}_")) {
        format!("{class}_{rest}")
    } else {
        format!("{class}_{input}")
    }
}

/// Lower-case ASCII words joined by underscores; empty for a text without ASCII letters or digits.
/// Never longer than 48 characters.
pub(crate) fn slug(text: &str) -> String {
    const LONGEST: usize = 48;
    let mut slug = String::new();
    for character in text.chars() {
        if slug.len() >= LONGEST {
            break;
        }
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.ends_with('_') && !slug.is_empty() {
            slug.push('_');
        }
    }
    slug.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("KSampler", "steps", "sampler_steps")]
    #[case("KSamplerAdvanced", "cfg", "sampler_cfg")]
    #[case("FluxGuidance", "guidance", "flux_guidance")]
    #[case("ModelSamplingAuraFlow", "shift", "model_sampling_aura_flow_shift")]
    #[case("VAEDecodeTiled", "tile_size", "vae_decode_tiled_tile_size")]
    #[case("LoraLoader", "strength_model", "lora_strength_model")]
    fn a_name_says_where_the_value_is_used(
        #[case] class: &str,
        #[case] input: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(join(&class_words(class), input), expected);
    }

    #[test]
    fn many_equal_names_stay_unique_and_cheap() {
        let mut names = Names::default();
        let wanted = ["value".to_owned()];
        let all: std::collections::HashSet<String> =
            (0..20_000).map(|_| names.claim(&wanted)).collect();
        assert_eq!(all.len(), 20_000);
    }
}
