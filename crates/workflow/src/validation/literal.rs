//! The verdict on a value that an input was given outright.
//!
//! Called by the walk. Converts the value in place, as the server does on the way.

use super::report::about;
use super::signature::Declared;
use super::{Classes, Reason, conversion::convert, python, reason};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::cmp::Ordering;

/// The longest list of choices that an error repeats.
const LONGEST_SHOWN_LIST: usize = 20;

/// What is wrong with the value, if anything is.
pub(super) fn judge(
    class: &str,
    declared: &Declared<'_>,
    value: &mut Value,
    classes: &dyn Classes,
) -> Option<Reason> {
    let name = &declared.name;
    unwrap(value);
    match convert(declared.spec.type_name(), value) {
        Ok(Cow::Borrowed(_)) => {}
        Ok(Cow::Owned(converted)) => *value = converted,
        Err(exception) => return Some(unconvertible(declared, value, &exception)),
    }
    if classes.judges(class, name, &declared.spec) {
        let message = classes.judge(class, name, value).err()?;
        return Some(reason(
            "custom_validation_failed",
            "Custom validation failed for node",
            &format!("{name} - {message}"),
            json!({"input_name": name}),
        ));
    }
    outside_limits(declared, value).or_else(|| not_a_choice(declared, value))
}

/// `{"__value__": x}` becomes `x`: so a list is told from a link.
fn unwrap(value: &mut Value) {
    if let Value::Object(wrapper) = value
        && let Some(wrapped) = wrapper.get_mut("__value__")
    {
        *value = wrapped.take();
    }
}

fn unconvertible(declared: &Declared<'_>, literal: &Value, exception: &str) -> Reason {
    let name = &declared.name;
    let mut extra = about(name, &declared.config(), literal);
    extra.insert("exception_message".into(), exception.into());
    reason(
        "invalid_input_type",
        &format!(
            "Failed to convert an input value to a {} value",
            declared.spec.type_name()
        ),
        &format!("{name}, {}, {exception}", python::text(literal)),
        Value::Object(extra),
    )
}

fn outside_limits(declared: &Declared<'_>, value: &Value) -> Option<Reason> {
    let limits = [
        ("min", "value_smaller_than_min", "smaller", Ordering::Less),
        ("max", "value_bigger_than_max", "bigger", Ordering::Greater),
    ];
    limits.into_iter().find_map(|(option, kind, word, wrong)| {
        let limit = declared.spec.option(option)?;
        (compare(value, limit)? == wrong).then(|| {
            let (shown, bound) = (python::text(value), python::text(limit));
            reason(
                kind,
                &format!("Value {shown} {word} than {option} of {bound}"),
                &declared.name,
                Value::Object(about(&declared.name, &declared.config(), value)),
            )
        })
    })
}

/// Compares numbers, whole ones exactly: seeds need all 64 bits.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    let whole = |value: &Value| {
        let signed = value.as_i64().map(i128::from);
        signed.or_else(|| value.as_u64().map(i128::from))
    };
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn not_a_choice(declared: &Declared<'_>, value: &Value) -> Option<Reason> {
    if declared.spec.type_name() != "COMBO" {
        return None;
    }
    let none = Vec::new();
    let choices = declared.spec.choices().unwrap_or(&none);
    if choices.iter().any(|choice| python::equal(choice, value)) {
        return None;
    }
    let name = &declared.name;
    // The facts that a server of a test is given may hold the first choices only.
    let total = declared
        .spec
        .option("options_total")
        .and_then(Value::as_u64)
        .and_then(|total| usize::try_from(total).ok())
        .unwrap_or(choices.len());
    let (shown, config) = if total > LONGEST_SHOWN_LIST {
        (format!("(list of length {total})"), Value::Null)
    } else {
        (
            python::repr(&Value::from(choices.clone())),
            declared.config(),
        )
    };
    Some(reason(
        "value_not_in_list",
        "Value not in list",
        &format!("{name}: '{}' not in {shown}", python::text(value)),
        Value::Object(about(name, &config, value)),
    ))
}
