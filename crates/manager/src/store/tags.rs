//! Tags: words of people's own to find jobs by.

use crate::error::{Error, ErrorKind};
use crate::job::JobId;
use crate::store::Store;
use crate::store::turn::Turn;
use std::sync::Arc;

impl Store {
    /// The tags of a job, sorted.
    pub(crate) async fn tags(&self, id: JobId) -> Result<Vec<String>, Error> {
        let tags = sqlx::query_scalar(
            "SELECT tag FROM job_tags
             WHERE number = (SELECT number FROM jobs WHERE job_id = $1)",
        );
        let mut tags: Vec<String> = tags
            .bind(id.to_string())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        tags.sort_unstable();
        Ok(tags)
    }

    /// Adds tags to a job and takes others away; what is there or not there already is left so.
    pub(crate) async fn change_tags(
        &self,
        id: JobId,
        add: Vec<String>,
        remove: Vec<String>,
    ) -> Result<(), Error> {
        let changes = Arc::new((add, remove));
        self.writer
            .write(move |turn| {
                let changes = Arc::clone(&changes);
                Box::pin(async move { change_tags(turn, id, &changes.0, &changes.1).await })
            })
            .await
    }
}

async fn change_tags(
    turn: &mut Turn<'_>,
    id: JobId,
    add: &[String],
    remove: &[String],
) -> Result<(), Error> {
    let number: Option<i64> = sqlx::query_scalar("SELECT number FROM jobs WHERE job_id = $1")
        .bind(id.to_string())
        .fetch_optional(&mut *turn.connection)
        .await?;
    let number = number.ok_or_else(|| ErrorKind::NoSuchJob(id.to_string()))?;
    for tag in add {
        insert_tag(turn, number, tag).await?;
    }
    for tag in remove {
        sqlx::query("DELETE FROM job_tags WHERE tag = $1 AND number = $2")
            .bind(tag)
            .bind(number)
            .execute(&mut *turn.connection)
            .await?;
    }
    turn.touched.push(id);
    Ok(())
}

pub(crate) async fn insert_tag(turn: &mut Turn<'_>, number: i64, tag: &str) -> Result<(), Error> {
    sqlx::query("INSERT INTO job_tags (tag, number) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(tag)
        .bind(number)
        .execute(&mut *turn.connection)
        .await?;
    Ok(())
}
