//! The requests about a job: sent when they are due, and their answers told to its course.

use super::Follower;
use super::journey::Journey;
use crate::course::{Observation, Sighting};
use crate::engine::errand::Answer;
use crate::engine::follower::FollowEnd;
use crate::engine::glimpse::Glimpse;
use crate::error::Error;
use crate::event::Change;
use crate::progress::ProgressTracker;
use std::sync::Arc;

impl Follower {
    /// A request is only sent while nobody else can have taken the job over.
    pub(super) async fn start_post(&self, journey: &mut Journey) -> Result<(), Error> {
        let Some((_, attempt, reason)) = journey.post_at.take() else {
            return Ok(());
        };
        // The first was recorded when the job was claimed.
        if let Some(reason) = reason {
            let sending = Change::Sending {
                attempt,
                connection: self.errand.server.name().to_owned(),
                worker: self.shared.worker.to_string(),
                reason: Some(reason.to_owned()),
            };
            self.record(sending).await?;
            journey.end_heard = false;
            journey.tracker = ProgressTracker::new(&self.errand.prompt);
        }
        if !self.shared.holdings.is_safe(self.job.job_id) {
            journey.end = Some(FollowEnd::LeaseLost);
            return Ok(());
        }
        journey
            .requests
            .push(Box::pin(Arc::clone(&self.errand).post()));
        Ok(())
    }

    pub(super) fn start_look(&self, journey: &mut Journey) {
        (journey.look_at, journey.looking) = (None, true);
        let since = journey.course.turns();
        let look = Arc::clone(&self.errand).look(journey.end_heard, since);
        journey.requests.push(Box::pin(look));
    }

    pub(super) async fn take(&self, journey: &mut Journey, answer: Answer) -> Result<(), Error> {
        match answer {
            Answer::CancelSent => Ok(()),
            Answer::Posted(answer, node_errors) => {
                if !node_errors.is_empty() {
                    let reasons = node_errors.iter().map(|(id, node, error)| {
                        format!("node `{id}` ({}): {error}", node.class_type)
                    });
                    let reasons = reasons.collect();
                    self.record(Change::Partial { reasons }).await?;
                }
                self.observe(journey, Observation::Posted(answer)).await
            }
            Answer::Looked(sighting, since) => {
                journey.looking = false;
                if let Sighting::Queued { ahead } = sighting {
                    self.glimpse(Glimpse::Ahead(ahead));
                }
                match &sighting {
                    Sighting::NoAnswer { error, .. } => {
                        self.trouble(journey, &error.message).await?;
                    }
                    _ if journey.in_trouble => {
                        journey.in_trouble = false;
                        self.record(Change::Recovered).await?;
                    }
                    _ => {}
                }
                let looked = Observation::Looked { sighting, since };
                self.observe(journey, looked).await
            }
        }
    }
}
