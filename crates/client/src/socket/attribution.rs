//! Which prompt a message is about, when it does not say.
//!
//! Previews without metadata, texts of nodes and the `executing` that greets a reconnect name no
//! prompt. A server runs one prompt at a time, so they belong to the one last heard of, until its
//! end. Pure; the keeper calls it for everything that comes.

use super::event::{Event, Executing};
use super::frame::Preview;
use crate::ids::PromptId;

/// What one socket told of the prompt that the server is running. The next one starts afresh:
/// another prompt may run before it is connected.
#[derive(Debug, Default)]
pub(super) struct Attribution {
    running: Option<PromptId>,
    /// The greeting after a reconnect, for as long as nobody knows whom it is about.
    greeting: Option<Executing>,
}

impl Attribution {
    /// The queue said that the prompt is running. What the socket said counts more: the answer may
    /// have been on its way for a while.
    pub(super) fn learn_from_queue(&mut self, prompt_id: &PromptId) -> Option<Event> {
        if self.running.is_some() {
            None
        } else {
            self.learn(prompt_id.as_str())
        }
    }

    /// The socket said that the prompt is running. Returns the greeting that turns out to be about
    /// it.
    pub(super) fn learn(&mut self, prompt_id: &str) -> Option<Event> {
        if self
            .running
            .as_ref()
            .is_none_or(|running| running.as_str() != prompt_id)
        {
            self.running = Some(PromptId::new(prompt_id));
        }
        let greeting = self.greeting.take()?;
        Some(Event::Executing(Executing {
            prompt_id: self.running.clone(),
            ..greeting
        }))
    }

    /// Takes an event in: learns from it, or fills in its prompt. Returns what can be delivered
    /// now, in order: a greeting that it explains, and the event unless it has to wait.
    pub(super) fn event(&mut self, mut event: Event) -> (Option<Event>, Option<Event>) {
        if let Some(prompt_id) = event.prompt_id() {
            let greeting = self.learn(prompt_id.as_str());
            if matches!(&event, Event::Executing(Executing { node: None, .. })) {
                self.running = None;
            }
            return (greeting, Some(event));
        }
        match &mut event {
            Event::Executing(executing) if self.running.is_none() => {
                self.greeting = executing.node.is_some().then(|| executing.clone());
                return (None, None);
            }
            Event::Executing(executing) => executing.prompt_id.clone_from(&self.running),
            Event::Progress(progress) => progress.prompt_id.clone_from(&self.running),
            Event::Text(text) => text.prompt_id.clone_from(&self.running),
            _ => {}
        }
        (None, Some(event))
    }

    /// Fills in the prompt of a preview that does not name it.
    pub(super) fn preview(&self, preview: &mut Preview) {
        if preview.prompt_id.is_none() {
            preview.prompt_id.clone_from(&self.running);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::event::NodeText;

    fn message(text: &str) -> Event {
        Event::from_text(text).unwrap()
    }

    fn text_of_a_node() -> Event {
        Event::Text(NodeText {
            prompt_id: None,
            node_id: "2".into(),
            text: "32".to_owned(),
        })
    }

    /// Prompts of what is delivered, in order.
    fn delivered(attribution: &mut Attribution, event: Event) -> Vec<Option<String>> {
        let (greeting, event) = attribution.event(event);
        let prompt = |event: Event| event.prompt_id().map(ToString::to_string);
        greeting.into_iter().chain(event).map(prompt).collect()
    }

    #[test]
    fn a_text_belongs_to_the_prompt_that_runs_and_to_none_after_its_end() {
        let mut attribution = Attribution::default();
        let start = r#"{"type":"execution_start","data":{"prompt_id":"a"}}"#;
        let end = r#"{"type":"executing","data":{"node":null,"prompt_id":"a"}}"#;
        assert_eq!(delivered(&mut attribution, text_of_a_node()), [None]);
        delivered(&mut attribution, message(start));
        assert_eq!(
            delivered(&mut attribution, text_of_a_node()),
            [Some("a".to_owned())]
        );
        delivered(&mut attribution, message(end));
        assert_eq!(delivered(&mut attribution, text_of_a_node()), [None]);
    }

    #[test]
    fn the_greeting_after_a_reconnect_waits_until_its_prompt_is_known() {
        let mut attribution = Attribution::default();
        let greeting = r#"{"type":"executing","data":{"node":"5"}}"#;
        let progress =
            r#"{"type":"progress","data":{"value":1,"max":2,"prompt_id":"b","node":"5"}}"#;
        assert_eq!(delivered(&mut attribution, message(greeting)).len(), 0);
        let b = Some("b".to_owned());
        assert_eq!(
            delivered(&mut attribution, message(progress)),
            [b.clone(), b.clone()]
        );
        assert_eq!(delivered(&mut attribution, message(greeting)), [b]);
    }

    #[test]
    fn the_queue_can_explain_the_greeting_as_well() {
        let mut attribution = Attribution::default();
        attribution.event(message(r#"{"type":"executing","data":{"node":"5"}}"#));
        let explained = attribution.learn_from_queue(&PromptId::new("c"));
        let Some(Event::Executing(executing)) = explained else {
            panic!()
        };
        assert_eq!(executing.prompt_id.unwrap().as_str(), "c");
        assert_eq!(executing.node.unwrap().as_str(), "5");
    }

    #[test]
    fn a_preview_that_names_its_prompt_keeps_it() {
        let mut attribution = Attribution::default();
        attribution.learn("a");
        let mut preview = Preview {
            prompt_id: Some(PromptId::new("b")),
            node_id: None,
            display_node_id: None,
            format: crate::socket::frame::ImageFormat::Jpeg,
            image: bytes::Bytes::new(),
        };
        attribution.preview(&mut preview);
        assert_eq!(preview.prompt_id.take().unwrap().as_str(), "b");
        attribution.preview(&mut preview);
        assert_eq!(preview.prompt_id.unwrap().as_str(), "a");
    }
}
