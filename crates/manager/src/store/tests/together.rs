//! What is asked for at the same time is committed together.

use super::fixture::{Place, job};
use crate::error::ErrorKind;
use crate::store::{JobFilter, Store};
use futures_util::future::join_all;

fn duplicate_of(store: &Store) -> impl Future<Output = Result<(), crate::Error>> + use<> {
    let store = store.clone();
    async move {
        let new = job();
        // The second is refused by the database itself, in the middle of the operation.
        store.submit(vec![new.clone(), new]).await.map(|_| ())
    }
}

pub(super) async fn one_that_fails_takes_nothing_along(place: Place) {
    let store = place.open().await;
    let good = join_all((0..20).map(|_| store.submit_one(job())));
    let bad = join_all((0..20).map(|_| duplicate_of(&store)));
    let (stored, refused) = tokio::join!(good, bad);
    for refusal in refused {
        assert!(matches!(refusal.unwrap_err().kind(), ErrorKind::Store(_)));
    }
    let listed = store.jobs(&JobFilter::default()).await.unwrap();
    assert_eq!(listed.jobs.len(), stored.len());
}

pub(super) async fn what_is_asked_for_at_once_is_all_written(place: Place) {
    let store = place.open().await;
    let stored = join_all((0..600).map(|_| store.submit_one(job()))).await;
    store.close().await;
    let again = place.open().await;
    for id in stored {
        again.found(id).await;
    }
    let closed = store.submit(vec![job()]).await.unwrap_err();
    assert!(matches!(closed.kind(), ErrorKind::StoreClosed));
}
