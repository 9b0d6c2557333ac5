//! Where signals wait for one subscriber: bounded, and never in the way of others.
//!
//! The router puts in and never waits; the subscription takes out. Previews do not pile up: the
//! latest replaces the one that waits. When too many signals wait, further ones are counted
//! instead of kept.

use super::event::Event;
use super::frame::Preview;
use super::signal::{Disconnection, Signal};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Signals on their way to one subscriber.
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    capacity: usize,
}

#[derive(Default)]
struct Waiting {
    places: VecDeque<Place>,
    /// The preview that a [`Place::Preview`] stands for.
    preview: Option<Preview>,
    was_connected: bool,
    closed: bool,
}

/// What stands in the row.
enum Place {
    Signal(Signal),
    Preview,
}

impl Mailbox {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Notify::new(),
            capacity: capacity.max(1),
        }
    }

    pub(super) fn event(&self, event: Event) {
        self.change(|waiting| waiting.push(Signal::Event(event), self.capacity));
    }

    /// Takes the place of the preview that waits, if one does.
    pub(super) fn preview(&self, preview: Preview) {
        self.change(|waiting| {
            if waiting.preview.replace(preview).is_none() {
                waiting.places.push_back(Place::Preview);
            }
        });
    }

    pub(super) fn connected(&self) {
        self.change(|waiting| {
            let first = !std::mem::replace(&mut waiting.was_connected, true);
            waiting.push(Signal::Connected { first }, self.capacity);
        });
    }

    pub(super) fn disconnected(&self, reason: Arc<Disconnection>) {
        self.change(|waiting| waiting.push(Signal::Disconnected { reason }, self.capacity));
    }

    /// Nothing comes any more. What waits can still be taken.
    pub(super) fn close(&self) {
        self.change(|waiting| waiting.closed = true);
    }

    /// The next signal; `None` when the mailbox is closed and empty. Nothing is lost when the
    /// future is dropped.
    pub(super) async fn next(&self) -> Option<Signal> {
        loop {
            {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                match waiting.pop() {
                    Some(signal) => return Some(signal),
                    None if waiting.closed => return None,
                    None => {}
                }
            }
            self.arrived.notified().await;
        }
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        self.arrived.notify_one();
    }
}

impl Waiting {
    /// Appends a signal, or counts it in a [`Signal::Lagged`] behind a full row.
    fn push(&mut self, signal: Signal, capacity: usize) {
        if let Some(Place::Signal(Signal::Lagged { missed })) = self.places.back_mut() {
            *missed += 1;
        } else if self.places.len() < capacity {
            self.places.push_back(Place::Signal(signal));
        } else {
            self.places
                .push_back(Place::Signal(Signal::Lagged { missed: 1 }));
        }
    }

    fn pop(&mut self) -> Option<Signal> {
        match self.places.pop_front()? {
            Place::Signal(signal) => Some(signal),
            Place::Preview => self.preview.take().map(Signal::Preview),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::frame::ImageFormat;
    use futures_util::FutureExt;

    fn event(number: u64) -> Event {
        Event::from_text(&format!(
            r#"{{"type":"status","data":{{"status":{{"exec_info":{{"queue_remaining":{number}}}}}}}}}"#
        ))
        .unwrap()
    }

    fn preview(byte: u8) -> Preview {
        Preview {
            prompt_id: None,
            node_id: None,
            display_node_id: None,
            format: ImageFormat::Jpeg,
            image: vec![byte].into(),
        }
    }

    fn taken(mailbox: &Mailbox) -> Vec<String> {
        std::iter::from_fn(|| mailbox.next().now_or_never().flatten())
            .map(|signal| match signal {
                Signal::Event(Event::Status(status)) => status.queue_remaining.to_string(),
                Signal::Preview(preview) => format!("preview {}", preview.image[0]),
                Signal::Lagged { missed } => format!("lagged {missed}"),
                Signal::Connected { first } => format!("connected {first}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_slow_subscriber_is_told_where_and_how_much_it_missed() {
        let mailbox = Mailbox::new(2);
        (0..5).for_each(|number| mailbox.event(event(number)));
        assert_eq!(
            mailbox.next().now_or_never().flatten().map(|_| ()),
            Some(())
        );
        mailbox.event(event(5));
        assert_eq!(taken(&mailbox), ["1", "lagged 4"]);
        mailbox.event(event(6));
        assert_eq!(taken(&mailbox), ["6"]);
    }

    #[test]
    fn the_latest_preview_takes_the_place_of_the_one_that_waits() {
        let mailbox = Mailbox::new(2);
        mailbox.event(event(0));
        (1..=9).for_each(|byte| mailbox.preview(preview(byte)));
        mailbox.event(event(1));
        mailbox.preview(preview(10));
        assert_eq!(taken(&mailbox), ["0", "preview 10", "lagged 1"]);
    }

    #[test]
    fn only_the_first_connection_is_the_first() {
        let mailbox = Mailbox::new(9);
        mailbox.connected();
        mailbox.connected();
        assert_eq!(taken(&mailbox), ["connected true", "connected false"]);
    }

    #[test]
    fn what_waits_is_still_delivered_after_the_end() {
        let mailbox = Mailbox::new(9);
        mailbox.event(event(3));
        mailbox.close();
        assert_eq!(taken(&mailbox), ["3"]);
        assert!(mailbox.next().now_or_never().unwrap().is_none());
    }
}
