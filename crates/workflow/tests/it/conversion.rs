//! Workflows become exactly what the editor of their dialect sends.

use crate::compare::{differences, ignored};
use crate::corpus::{Corpus, TRUTHS, shared};
use comfyctl_workflow::convert::{Converter, Dialect, Options};
use serde_json::Value;

/// Truths that we do not want to reach: dialect, name, what we do instead and why.
const BETTER: [(&str, &str, &str); 3] = [
    (
        TRUTHS[0],
        "missing_type_in_path",
        "a class that the server does not have is refused; the editor sends the node without a class",
    ),
    (
        TRUTHS[1],
        "missing_type_in_path",
        "a class that the server does not have is refused; the editor sends the node without a class",
    ),
    (
        TRUTHS[1],
        "api_flux2",
        "the fourth image stays linked; the editor loses it while it grows the group of images",
    ),
];

/// Asserts that all but the exceptions match, and that these do not: a promise kept by chance is
/// to be taken from the list.
fn assert_matches(corpus: &Corpus, dialect: Dialect, truths: &str) {
    let (right, mut wrong) = check(corpus, dialect, truths);
    let total = corpus.names(truths).count();
    let expected = |name: &str| {
        BETTER
            .iter()
            .any(|(of, better, _)| *of == truths && *better == name)
    };
    let exceptions = corpus.names(truths).filter(|name| expected(name)).count();
    wrong.retain(|line| !expected(line.split(':').next().unwrap()));
    assert_eq!(wrong, [""; 0], "{truths}");
    assert_eq!(right, total - exceptions, "{truths}");
}

/// Converts the inputs of all truths of a dialect; gives the number that match and what differs.
fn check(corpus: &Corpus, dialect: Dialect, truths: &str) -> (usize, Vec<String>) {
    let converter = Converter::new(&corpus.definitions);
    let options = Options {
        dialect,
        ..Options::default()
    };
    let (mut right, mut wrong) = (0, Vec::new());
    for name in corpus.names(truths) {
        let truth = corpus.json(truths, name).unwrap();
        let differences = match converter.convert(&corpus.workflow(name), &options, &mut |_| 0) {
            Ok(made) => {
                let made: Value = serde_json::to_value(&made.prompt).unwrap();
                differences(&truth, &made, &ignored(name))
            }
            Err(error) => vec![error.to_string()],
        };
        match differences.first() {
            None => right += 1,
            Some(first) => wrong.push(format!("{name}: {first} (+{})", differences.len() - 1)),
        }
    }
    (right, wrong)
}

const DIALECTS: [(Dialect, &str); 2] = [(Dialect::V1_45, TRUTHS[0]), (Dialect::V1_58, TRUTHS[1])];

#[test]
fn edge_cases_become_what_the_editor_sends() {
    let corpus = Corpus::edge_cases();
    for (dialect, truths) in DIALECTS {
        assert_matches(&corpus, dialect, truths);
    }
}

#[test]
fn real_workflows_become_what_the_editor_sends() {
    let Some(corpus) = Corpus::templates() else {
        skipped();
        return;
    };
    for (dialect, truths) in DIALECTS {
        assert_matches(&corpus, dialect, truths);
    }
}

#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests has to know what they left out"
)]
fn skipped() {
    eprintln!(
        "SKIPPED: the real workflows are not at {}",
        shared("").display()
    );
}
