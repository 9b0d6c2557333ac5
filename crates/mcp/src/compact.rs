//! Three tools in place of all, for small contexts: find, describe, call.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::json_text::ObjectOrText;
use crate::page;
use crate::tool::{Effect, Registered, Tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) fn tools() -> Vec<Registered> {
    vec![
        Registered::of::<SearchTools>(),
        Registered::of::<DescribeTool>(),
        Registered::of::<CallTool>(),
    ]
}

struct SearchTools;

#[derive(Deserialize, JsonSchema)]
struct SearchInput {
    #[serde(default)]
    words: String,
}

/// Names with the first sentence of what they do.
#[derive(Serialize, JsonSchema)]
struct SearchOutput {
    tools: Map<String, Value>,
}

impl Tool for SearchTools {
    const NAME: &'static str = "search_tools";
    const DESCRIPTION: &'static str = "Find ComfyUI tools (run workflows, make images, jobs, models, nodes, queue). No words: all.";
    const EFFECT: Effect = Effect::Reads;
    const OPEN_WORLD: bool = false;
    type Input = SearchInput;
    type Output = SearchOutput;

    async fn call(input: SearchInput, call: Call) -> Result<Answer<SearchOutput>, Failure> {
        let mut tools = Map::new();
        for tool in call.offer.catalog().callable() {
            let description = tool.listing.description.as_deref().unwrap_or_default();
            if page::matches(&input.words, &[&tool.listing.name, description]) {
                let first = page::first_sentence(description);
                tools.insert(tool.listing.name.to_string(), first.into());
            }
        }
        Ok(SearchOutput { tools }.into())
    }
}

struct DescribeTool;

#[derive(Deserialize, JsonSchema)]
struct DescribeInput {
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct DescribeOutput {
    tool: Value,
}

impl Tool for DescribeTool {
    const NAME: &'static str = "describe_tool";
    const DESCRIPTION: &'static str = "Parameters of a tool.";
    const EFFECT: Effect = Effect::Reads;
    const OPEN_WORLD: bool = false;
    type Input = DescribeInput;
    type Output = DescribeOutput;

    async fn call(input: DescribeInput, call: Call) -> Result<Answer<DescribeOutput>, Failure> {
        let tool = find(&input.name, &call)?;
        let mut listing = serde_json::to_value(&tool.listing).unwrap_or_default();
        if let Some(fields) = listing.as_object_mut() {
            fields.remove("outputSchema");
        }
        Ok(DescribeOutput { tool: listing }.into())
    }
}

/// Runs another tool; what that gives back is given back as it is.
pub(crate) struct CallTool;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct CallInput {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) arguments: ObjectOrText,
}

/// Whatever the other tool gives.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CallOutput {}

impl Tool for CallTool {
    const NAME: &'static str = "call_tool";
    const DESCRIPTION: &'static str = "Call a tool that search_tools found.";
    const EFFECT: Effect = Effect::Destroys;
    type Input = CallInput;
    type Output = CallOutput;

    /// Only for a name that is no tool: [`crate::service`] passes all others on.
    async fn call(input: CallInput, call: Call) -> Result<Answer<CallOutput>, Failure> {
        find(&input.name, &call)?;
        Ok(CallOutput {}.into())
    }
}

fn find(name: &str, call: &Call) -> Result<std::sync::Arc<Registered>, Failure> {
    let catalog = call.offer.catalog();
    let callable = catalog.callable();
    let found = callable.iter().find(|tool| tool.listing.name == name);
    found.cloned().ok_or_else(|| {
        let names = callable.iter().map(|tool| &*tool.listing.name);
        Failure::not_found(format!("there is no tool `{name}`")).with_nearest(
            name,
            names,
            "search_tools lists all",
        )
    })
}
