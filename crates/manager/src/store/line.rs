//! The line of jobs that no server has: holding one back, letting it go, giving it another place.

use crate::error::{Error, ErrorKind};
use crate::event::Change;
use crate::job::JobId;
use crate::placement::{Placement, Rank};
use crate::store::Store;
use crate::store::end::take_over;
use crate::store::lease::Lease;
use crate::store::record::advance;
use crate::store::row::{self, to_json};
use crate::store::tracked;
use crate::store::turn::Turn;
use sqlx::Row;
use std::sync::Arc;

/// Where a job is to run instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) placement: Placement,
    /// Name of the connection and address of its server, if that is decided.
    pub(crate) target: Option<(String, String)>,
}

impl Store {
    /// Keeps a job that no server has from being sent.
    pub(crate) async fn hold(&self, id: JobId) -> Result<(), Error> {
        self.set_held(id, true).await
    }

    /// Lets a job that was held be sent.
    pub(crate) async fn unhold(&self, id: JobId) -> Result<(), Error> {
        self.set_held(id, false).await
    }

    async fn set_held(&self, id: JobId, held: bool) -> Result<(), Error> {
        self.writer
            .write(move |turn| Box::pin(async move { set_held(turn, id, held).await }))
            .await
    }

    /// Gives a job that no server has another connection, another rank in the line, or both.
    pub(crate) async fn relocate(
        &self,
        id: JobId,
        to: Option<Destination>,
        rank: Option<Rank>,
    ) -> Result<(), Error> {
        let to = Arc::new(to);
        self.writer
            .write(move |turn| {
                let to = Arc::clone(&to);
                Box::pin(async move { relocate(turn, id, to.as_ref().as_ref(), rank).await })
            })
            .await
    }
}

/// A job that no server has.
struct Waiting {
    number: i64,
    held: bool,
    priority: i64,
    connection: Option<String>,
}

/// Fails when a server has it, may have it, or had it, and when none is to have it.
async fn waiting(turn: &mut Turn<'_>, id: JobId, wish: &'static str) -> Result<Waiting, Error> {
    let found = sqlx::query(
        "SELECT number, status, posts, held, priority, connection, source FROM jobs WHERE job_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(&mut *turn.connection)
    .await?;
    let found = found.ok_or_else(|| ErrorKind::NoSuchJob(id.to_string()))?;
    let status = row::status(&found)?;
    if status.is_final() || row::count(&found, "posts")? > 0 {
        return Err(ErrorKind::NotWaiting {
            job_id: id,
            status,
            wish,
        }
        .into());
    }
    if found.try_get::<String, _>("source")? == tracked::SOURCE {
        return Err(ErrorKind::Tracked { job_id: id, wish }.into());
    }
    Ok(Waiting {
        number: found.try_get("number")?,
        held: row::flag(&found, "held")?,
        priority: found.try_get("priority")?,
        connection: found.try_get("connection")?,
    })
}

/// What is so already is no event.
async fn set_held(turn: &mut Turn<'_>, id: JobId, held: bool) -> Result<(), Error> {
    let (wish, change) = if held {
        ("held", Change::Held)
    } else {
        ("released", Change::Unheld)
    };
    let waiting = waiting(turn, id, wish).await?;
    if waiting.held == held {
        return Ok(());
    }
    let lease = take_over(turn, id, waiting.number).await?;
    advance(turn, &lease, &change).await?;
    sqlx::query("UPDATE jobs SET held = $2 WHERE number = $1")
        .bind(waiting.number)
        .bind(i64::from(held))
        .execute(&mut *turn.connection)
        .await?;
    Ok(())
}

async fn relocate(
    turn: &mut Turn<'_>,
    id: JobId,
    to: Option<&Destination>,
    rank: Option<Rank>,
) -> Result<(), Error> {
    let waiting = waiting(turn, id, "moved").await?;
    let what = [to.map(described), rank.map(|rank| rank.to_string())];
    let what = what.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if what.is_empty() {
        return Ok(());
    }
    let lease = take_over(turn, id, waiting.number).await?;
    advance(turn, &lease, &Change::Moved { what }).await?;
    let mut connection = waiting.connection;
    if let Some(to) = to {
        let (name, url) = to.target.clone().unzip();
        send_to(turn, &lease, to, name.as_deref(), url.as_deref()).await?;
        connection = name;
    }
    let priority = match rank {
        None => return Ok(()),
        Some(Rank::Priority(priority)) => i64::from(priority),
        Some(Rank::First) => {
            let others = highest_of_others(turn, waiting.number, connection).await?;
            let first = others.map(|highest| highest.saturating_add(1));
            let first = first.map_or(waiting.priority, |first| first.max(waiting.priority));
            first.min(i64::from(i32::MAX))
        }
    };
    sqlx::query("UPDATE jobs SET priority = $2 WHERE number = $1")
        .bind(waiting.number)
        .bind(priority)
        .execute(&mut *turn.connection)
        .await?;
    Ok(())
}

/// The job's line is that of its new connection from now on.
async fn send_to(
    turn: &mut Turn<'_>,
    lease: &Lease,
    to: &Destination,
    connection: Option<&str>,
    server_url: Option<&str>,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE jobs SET placement = $2, connection = $3, server_url = $4, waiting_for = NULL
         WHERE number = $1",
    )
    .bind(lease.number)
    .bind(to_json(&to.placement)?)
    .bind(connection)
    .bind(server_url)
    .execute(&mut *turn.connection)
    .await?;
    Ok(())
}

/// The highest priority among the other jobs of a line; jobs without a connection are one line.
async fn highest_of_others(
    turn: &mut Turn<'_>,
    number: i64,
    connection: Option<String>,
) -> Result<Option<i64>, Error> {
    let highest = sqlx::query_scalar(
        "SELECT max(priority) FROM jobs
         WHERE status = 'pending' AND posts = 0 AND number <> $1
           AND (connection = $2 OR (connection IS NULL AND CAST($2 AS TEXT) IS NULL))",
    )
    .bind(number)
    .bind(connection)
    .fetch_one(&mut *turn.connection);
    Ok(highest.await?)
}

fn described(to: &Destination) -> String {
    match &to.placement {
        Placement::Connection(name) => format!("to connection `{name}`"),
        Placement::Url(url) => format!("to {url}"),
        Placement::Any { labels } if labels.is_empty() => "to any connection".to_owned(),
        Placement::Any { labels } => format!("to any connection with {}", labels.join(", ")),
    }
}
