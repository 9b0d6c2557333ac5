//! Comments and wildcards in prompts: `a {red|blue} fox /* or cat */`.

use super::RandomSource;

/// Escapes are undone once for each choice around them, down to here.
const ESCAPE_LEVELS: usize = 64;

/// Takes comments out, draws one of each `{a|b|c}`, and undoes the escapes `\{`, `\}` and `\|`.
///
/// Choices may nest to any depth: the text is gone through once, whatever it is.
pub(crate) fn draw(text: &str, random: &mut dyn RandomSource) -> String {
    if !text.contains(['{', '}', '|', '/', '\\']) {
        return text.to_owned();
    }
    let text = without_comments(text);
    let blocks = blocks(&text);
    let mut output = String::with_capacity(text.len());
    // The parts that are being copied: where each ends, where to go on, where its output starts.
    let mut open = vec![Part {
        end: text.len(),
        after: text.len(),
        output: 0,
    }];
    let mut at = 0;
    while let Some(part) = open.last() {
        if at >= part.end {
            at = part.after;
            if open.len() <= ESCAPE_LEVELS {
                unescape(&mut output, part.output);
            }
            open.pop();
        } else if let Some(block) = blocks.get(at) {
            let (start, end) = block.choose(random);
            open.push(Part {
                end,
                after: block.after,
                output: output.len(),
            });
            at = start;
        } else {
            at = copy_character(&text, at, &mut output);
        }
    }
    output
}

struct Part {
    end: usize,
    after: usize,
    output: usize,
}

/// Copies a character, or an escape with what it escapes.
fn copy_character(text: &str, at: usize, output: &mut String) -> usize {
    let mut characters = text[at..].chars();
    let first = characters.next();
    let escaped = if first == Some('\\') {
        characters.next()
    } else {
        None
    };
    output.extend(first.into_iter().chain(escaped));
    text.len() - characters.as_str().len()
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        let (before, comment) = rest.split_at(at);
        kept.push_str(before);
        let body = &comment[1..];
        if let Some(body) = body.strip_prefix('/') {
            let line_end = body.find(['\n', '\r', '\u{2028}', '\u{2029}']);
            rest = line_end.map_or("", |end| &body[end..]);
        } else if let Some((_, after)) = body
            .strip_prefix('*')
            .and_then(|body| body.split_once("*/"))
        {
            rest = after;
        } else if body.starts_with('*') && !body.contains("*/") && !body.contains("//") {
            // No end of a comment anywhere: looking for one at each start would take ages.
            kept.push_str(comment);
            return kept;
        } else {
            kept.push('/');
            rest = body;
        }
    }
    kept.push_str(rest);
    kept
}

/// A choice: its options, and where the text goes on behind it.
struct Block {
    options: Vec<(usize, usize)>,
    after: usize,
}

impl Block {
    fn choose(&self, random: &mut dyn RandomSource) -> (usize, usize) {
        // `{x}` leaves nothing to chance, so nothing is drawn.
        let index = match self.options.len() {
            0 | 1 => 0,
            count => random.below(count as u64),
        };
        let index = usize::try_from(index).unwrap_or_default();
        let chosen = self.options.get(index).or(self.options.last());
        chosen.copied().unwrap_or((self.after, self.after))
    }
}

/// All choices, by where they open.
struct Blocks(std::collections::HashMap<usize, Block>);

impl Blocks {
    fn get(&self, at: usize) -> Option<&Block> {
        if self.0.is_empty() {
            None
        } else {
            self.0.get(&at)
        }
    }
}

/// A choice whose end is not reached: where it opens, its options so far, and where the present
/// option starts.
type OpenBlock = (usize, Vec<(usize, usize)>, usize);

/// A choice that is not closed goes to the end of the text.
fn blocks(text: &str) -> Blocks {
    let mut found = std::collections::HashMap::new();
    let mut open: Vec<OpenBlock> = Vec::new();
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match character {
            '\\' => escaped = true,
            '{' => open.push((at, Vec::new(), at + 1)),
            '}' => {
                if let Some((start, mut options, option)) = open.pop() {
                    options.push((option, at));
                    found.insert(
                        start,
                        Block {
                            options,
                            after: at + 1,
                        },
                    );
                }
            }
            '|' => {
                if let Some((_, options, option)) = open.last_mut() {
                    options.push((*option, at));
                    *option = at + 1;
                }
            }
            _ => {}
        }
    }
    for (start, mut options, option) in open {
        options.push((option, text.len()));
        found.insert(
            start,
            Block {
                options,
                after: text.len(),
            },
        );
    }
    Blocks(found)
}

/// Undoes the escapes in the output from `start` on.
fn unescape(output: &mut String, start: usize) {
    if !output[start..].contains('\\') {
        return;
    }
    let part = output.split_off(start);
    let mut characters = part.chars().peekable();
    while let Some(character) = characters.next() {
        let escape = character == '\\' && matches!(characters.peek(), Some('{' | '}' | '|'));
        if !escape {
            output.push(character);
        } else if let Some(escaped) = characters.next() {
            output.push(escaped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain", "plain")]
    #[case("{a|b|c}", "b")]
    #[case(
        "a /* gone */ cat // tail\nnext \\{x\\} {only}",
        "a  cat \nnext {x} only"
    )]
    #[case("see https://example.com ok\nsecond", "see https:\nsecond")]
    #[case("{a|{b|c} d|e} f", "c d f")]
    #[case("{a|b", "b")]
    #[case("a|b}", "a|b}")]
    #[case("/* open", "/* open")]
    #[case("1/2 and /*a*/3", "1/2 and 3")]
    #[case("{}", "")]
    #[case("ends in \\", "ends in \\")]
    #[case("\u{e9}\\\u{e9}{\u{e9}}", "\u{e9}\\\u{e9}\u{e9}")]
    fn wildcards_are_drawn_as_the_editor_does(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(draw(text, &mut |bound: u64| 1 % bound), expected);
    }

    #[test]
    fn any_depth_is_gone_through_once() {
        let deep = "{x|".repeat(200_000) + &"}".repeat(200_000);
        assert_eq!(draw(&deep, &mut |_| 0), "x");
        assert_eq!(draw(&deep, &mut |bound: u64| bound - 1), "");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in r"[a{}|/*\\\n]{0,60}", choice: u64) {
            let _ = draw(&text, &mut |bound: u64| choice % bound);
        }
    }
}
