//! The tools that are offered: all, three that find the others, or those that change nothing; less
//! what the lists of the settings leave out.

use crate::compact;
use crate::tool::{Effect, Registered};
use crate::tools;
use comfyctl_manager::settings::McpSettings;
use comfyctl_manager::settings::McpTools;
use comfyctl_workflow::nearest;
use std::sync::{Arc, LazyLock};

/// The tools that do not depend on anything.
static BUILT_IN: LazyLock<Vec<Arc<Registered>>> =
    LazyLock::new(|| tools::all().into_iter().map(Arc::new).collect());

/// Which tools are wanted, where that is other than the settings say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    pub(crate) tools: Option<McpTools>,
    pub(crate) allow: Option<Vec<String>>,
    pub(crate) deny: Vec<String>,
}

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
    /// What is wanted of the tools that there always are and of those made of workflows.
    pub(crate) fn new(
        selection: &Selection,
        settings: &McpSettings,
        workflows: impl IntoIterator<Item = Arc<Registered>>,
    ) -> Self {
        let tools = selection.tools.unwrap_or(settings.tools);
        let allow = selection.allow.as_ref().or(settings.allow_tools.as_ref());
        let deny = [&*selection.deny, &*settings.deny_tools].concat();
        let mut all = BUILT_IN.clone();
        for tool in workflows {
            if all
                .iter()
                .all(|other| other.listing.name != tool.listing.name)
            {
                all.push(tool);
            }
        }
        let names: Vec<&str> = all.iter().map(|tool| &*tool.listing.name).collect();
        let unknown = allow.into_iter().flatten().chain(&deny);
        let unknown = unknown.filter(|name| !names.contains(&name.as_str()));
        let unknown = unknown.map(|name| describe_unknown(name, &names)).collect();
        let offered = |tool: &Arc<Registered>| {
            let name = &*tool.listing.name;
            let named = |list: &[String]| list.iter().any(|each| each == name);
            (tools != McpTools::ReadOnly || tool.effect == Effect::Reads)
                && allow.is_none_or(|list| named(list))
                && !named(&deny)
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

    /// Whether a list of tools shows the same as that of another.
    pub(crate) fn lists_as(&self, other: &Self) -> bool {
        let listings = |catalog: &'_ Self| -> Vec<rmcp::model::Tool> {
            catalog
                .listed
                .iter()
                .map(|tool| tool.listing.clone())
                .collect()
        };
        listings(self) == listings(other)
    }

    /// Whether a tool that does not depend on anything has that name.
    pub(crate) fn is_built_in(name: &str) -> bool {
        BUILT_IN.iter().any(|tool| tool.listing.name == name)
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
