//! Who listens to what: from a prompt to the mailboxes of its subscribers.
//!
//! The one piece of state that the listener, its task and its subscriptions share. It is behind a
//! lock, not behind a channel, because a subscription must be in force before its prompt is
//! posted and must end when it is dropped, and neither can wait for a task. The lock is held for
//! a look-up and a push, never across an await.

use super::event::Event;
use super::frame::Preview;
use super::mailbox::Mailbox;
use super::signal::Disconnection;
use crate::ids::PromptId;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The subscribers of one listener.
#[derive(Default)]
pub(super) struct Router {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    by_prompt: HashMap<PromptId, Vec<Arc<Mailbox>>>,
    /// Those who get everything.
    all: Vec<Arc<Mailbox>>,
    connected: bool,
    closed: bool,
}

/// So that a frame's prompt can be looked up without making an id of it.
impl Borrow<str> for PromptId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl Router {
    /// Adds a subscriber to one prompt, or to everything. It is told at once when the socket is
    /// connected.
    pub(super) fn add(&self, prompt_id: Option<&PromptId>, mailbox: &Arc<Mailbox>) {
        let mut table = self.table();
        if table.connected {
            mailbox.connected();
        }
        if table.closed {
            mailbox.close();
        }
        match prompt_id {
            Some(prompt_id) => {
                table
                    .by_prompt
                    .entry(prompt_id.clone())
                    .or_default()
                    .push(Arc::clone(mailbox));
            }
            None => table.all.push(Arc::clone(mailbox)),
        }
    }

    /// Removes what [`add`](Self::add) added.
    pub(super) fn remove(&self, prompt_id: Option<&PromptId>, mailbox: &Arc<Mailbox>) {
        let mut table = self.table();
        let Some(prompt_id) = prompt_id else {
            table.all.retain(|other| !Arc::ptr_eq(other, mailbox));
            return;
        };
        if let Some(mailboxes) = table.by_prompt.get_mut(prompt_id) {
            mailboxes.retain(|other| !Arc::ptr_eq(other, mailbox));
            if mailboxes.is_empty() {
                table.by_prompt.remove(prompt_id);
            }
        }
    }

    /// Whether anybody waits for news of a prompt.
    pub(super) fn is_awaited(&self) -> bool {
        !self.table().by_prompt.is_empty()
    }

    /// Whether anybody wants to know what happens to this prompt.
    pub(super) fn wants(&self, prompt_id: &str) -> bool {
        let table = self.table();
        !table.all.is_empty() || table.by_prompt.contains_key(prompt_id)
    }

    /// Delivers an event to the subscribers of its prompt. What is about no prompt goes to those
    /// only who get everything.
    pub(super) fn event(&self, event: Event) {
        let table = self.table();
        let mut mailboxes = table.of(event.prompt_id());
        let Some(last) = mailboxes.next() else { return };
        for mailbox in mailboxes {
            mailbox.event(event.clone());
        }
        last.event(event);
    }

    /// Delivers a preview like an event.
    pub(super) fn preview(&self, preview: &Preview) {
        let table = self.table();
        table
            .of(preview.prompt_id.as_ref())
            .for_each(|mailbox| mailbox.preview(preview.clone()));
    }

    /// Tells everyone that the socket is connected.
    pub(super) fn connected(&self) {
        let mut table = self.table();
        table.connected = true;
        table.everyone().for_each(|mailbox| mailbox.connected());
    }

    /// Tells everyone that it is not, and why.
    pub(super) fn disconnected(&self, reason: &Arc<Disconnection>) {
        let mut table = self.table();
        table.connected = false;
        table
            .everyone()
            .for_each(|mailbox| mailbox.disconnected(Arc::clone(reason)));
    }

    /// Ends all subscriptions, present and future.
    pub(super) fn close(&self) {
        let mut table = self.table();
        (table.connected, table.closed) = (false, true);
        table.everyone().for_each(|mailbox| mailbox.close());
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn of(&self, prompt_id: Option<&PromptId>) -> impl Iterator<Item = &Arc<Mailbox>> {
        let own = prompt_id.and_then(|prompt_id| self.by_prompt.get(prompt_id));
        own.into_iter().flatten().chain(&self.all)
    }

    fn everyone(&self) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.by_prompt.values().flatten().chain(&self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::signal::Signal;
    use futures_util::FutureExt;

    struct Subscriber {
        prompt_id: Option<PromptId>,
        mailbox: Arc<Mailbox>,
    }

    impl Subscriber {
        fn new(router: &Router, prompt_id: Option<&str>) -> Self {
            let prompt_id = prompt_id.map(PromptId::new);
            let mailbox = Arc::new(Mailbox::new(8));
            router.add(prompt_id.as_ref(), &mailbox);
            Self { prompt_id, mailbox }
        }

        fn count(&self) -> usize {
            std::iter::from_fn(|| self.mailbox.next().now_or_never().flatten()).count()
        }
    }

    fn start_of(prompt_id: &str) -> Event {
        let text = format!(r#"{{"type":"execution_start","data":{{"prompt_id":"{prompt_id}"}}}}"#);
        Event::from_text(&text).unwrap()
    }

    #[test]
    fn each_prompt_has_its_subscribers_and_some_get_everything() {
        let router = Router::default();
        let [a, again, b] =
            [Some("a"), Some("a"), Some("b")].map(|id| Subscriber::new(&router, id));
        let all = Subscriber::new(&router, None);
        router.event(start_of("a"));
        router.event(start_of("somebody-else"));
        assert_eq!(
            [a.count(), again.count(), b.count(), all.count()],
            [1, 1, 0, 2]
        );
        assert!(router.wants("somebody-else"));
    }

    #[test]
    fn what_nobody_listens_to_any_more_is_not_wanted() {
        let router = Router::default();
        let a = Subscriber::new(&router, Some("a"));
        assert!(router.wants("a") && !router.wants("b") && router.is_awaited());
        router.remove(a.prompt_id.as_ref(), &a.mailbox);
        assert!(!router.wants("a") && !router.is_awaited());
    }

    #[test]
    fn who_comes_late_is_told_how_things_stand() {
        let router = Router::default();
        router.connected();
        let late = Subscriber::new(&router, Some("a"));
        let signal = late.mailbox.next().now_or_never().flatten();
        assert!(matches!(signal, Some(Signal::Connected { first: true })));
        router.close();
        let too_late = Subscriber::new(&router, Some("a"));
        assert!(too_late.mailbox.next().now_or_never().unwrap().is_none());
    }
}
