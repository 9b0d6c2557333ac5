//! Templates: those that come with the editor, by their name, and those of node packs, by
//! `pack/name`.

use super::{SavedWorkflow, Source};
use crate::error::Error;
use comfyctl_client::{Client, Template};

pub(super) async fn list(client: &Client) -> Result<Vec<SavedWorkflow>, Error> {
    let (topics, packs) = futures_util::try_join!(client.templates(), client.workflow_templates())?;
    let of_editor = topics.into_iter().flat_map(|topic| topic.templates);
    let of_packs = packs.into_iter().flat_map(|(pack, names)| {
        let of_pack = move |name: String| format!("{pack}/{name}");
        names.into_iter().map(of_pack)
    });
    let of_packs = of_packs.map(|name| SavedWorkflow::new(Source::Template, name));
    Ok(of_editor.map(saved).chain(of_packs).collect())
}

fn saved(template: Template) -> SavedWorkflow {
    SavedWorkflow {
        title: template.title,
        description: template.description,
        tags: template.tags,
        ..SavedWorkflow::new(Source::Template, template.name)
    }
}

pub(super) async fn read(client: &Client, name: &str) -> Result<Option<Vec<u8>>, Error> {
    Ok(match name.split_once('/') {
        None => client.template(name).await?,
        Some((pack, name)) => client.workflow_template(pack, name).await?,
    })
}
