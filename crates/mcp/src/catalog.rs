//! The tools that are offered: all, three that find the others, or those that change nothing; less
//! what the lists of the settings leave out.

use crate::compact;
use crate::tool::{Effect, Registered};
use crate::tools;
use comfyctl_manager::settings::McpTools;
use comfyctl_workflow::nearest;
use std::sync::Arc;

/// The tools that are offered.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// What can be called, by whatever way.
    callable: Vec<Arc<Registered>>,
    /// What is listed.
    listed: Vec<Arc<Registered>>,
    unknown: Vec<String>,
}

impl Catalog {
    pub(crate) fn new(tools: McpTools, allow: Option<&[String]>, deny: &[String]) -> Self {
        let all: Vec<Arc<Registered>> = tools::all().into_iter().map(Arc::new).collect();
        let names: Vec<&str> = all.iter().map(|tool| &*tool.listing.name).collect();
        let unknown = allow.unwrap_or_default().iter().chain(deny);
        let unknown = unknown.filter(|name| !names.contains(&name.as_str()));
        let unknown = unknown.map(|name| describe_unknown(name, &names)).collect();
        let offered = |tool: &Arc<Registered>| {
            let name = &*tool.listing.name;
            let named = |list: &[String]| list.iter().any(|each| each == name);
            (tools != McpTools::ReadOnly || tool.effect == Effect::Reads)
                && allow.is_none_or(named)
                && !named(deny)
        };
        let callable: Vec<_> = all.iter().filter(|tool| offered(tool)).cloned().collect();
        let listed = match tools {
            McpTools::Compact => compact::tools().into_iter().map(Arc::new).collect(),
            McpTools::Full | McpTools::ReadOnly => callable.clone(),
        };
        Self {
            callable,
            listed,
            unknown,
        }
    }

    /// What a list of tools shows.
    pub(crate) fn listed(&self) -> &[Arc<Registered>] {
        &self.listed
    }

    /// What the three tools of the compact form find.
    pub(crate) fn callable(&self) -> &[Arc<Registered>] {
        &self.callable
    }

    /// A tool that may be called.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Registered>> {
        let all = self.listed.iter().chain(&self.callable);
        all.into_iter()
            .find(|tool| tool.listing.name == name)
            .cloned()
    }

    pub(crate) fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

fn describe_unknown(name: &str, names: &[&str]) -> String {
    let meant = nearest(name, names.iter().copied());
    let meant = meant.map(|name| format!(", did you mean `{name}`?"));
    format!(
        "no MCP tool is called `{name}`{}",
        meant.unwrap_or_default()
    )
}
