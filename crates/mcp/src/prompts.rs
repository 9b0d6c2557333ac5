//! Prompts: what people commonly ask of an agent, in words that lead it to the right tools.

use rmcp::model::{
    ErrorData, GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role,
};
use serde_json::Value;

/// A prompt: its name, what it is for, its arguments, and its text with `{argument}` in it.
struct Template {
    name: &'static str,
    description: &'static str,
    arguments: &'static [Argument],
    text: &'static str,
}

struct Argument {
    name: &'static str,
    description: &'static str,
    /// What stands in the text when nothing is given; `None` where something must be.
    otherwise: Option<&'static str>,
}

const TEMPLATES: [Template; 4] = [
    Template {
        name: "make_image",
        description: "An image of something",
        arguments: &[
            Argument {
                name: "subject",
                description: "What it shows",
                otherwise: None,
            },
            Argument {
                name: "style",
                description: "How it looks",
                otherwise: Some("whatever style suits it"),
            },
        ],
        text: "Make an image with ComfyUI. It shows: {subject}. Style: {style}. Look with \
            list_workflows and get_workflow_templates whether a workflow suits this better than \
            generate_image. Write a detailed prompt, run it, and show me the image with its link, \
            its seed and what you would change next.",
    },
    Template {
        name: "run_workflow",
        description: "A saved workflow, with wishes",
        arguments: &[
            Argument {
                name: "workflow",
                description: "Its name",
                otherwise: None,
            },
            Argument {
                name: "wishes",
                description: "What should be different",
                otherwise: Some("none: as it is saved"),
            },
        ],
        text: "Run the saved workflow `{workflow}`. Wishes: {wishes}. Find its parameters with \
            analyze_workflow, check with validate_workflow, pass only what differs in `inputs` of \
            execute_workflow, and show me what came out.",
    },
    Template {
        name: "explain_failure",
        description: "Why a job failed, and what to do about it",
        arguments: &[Argument {
            name: "job_id",
            description: "The job",
            otherwise: Some("the latest that get_job_history lists with status failed"),
        }],
        text: "Find out why a ComfyUI job failed: {job_id}. Use explain_failure; where a class or \
            a model is missing, look with list_nodes and list_models for what could take its place. \
            Tell me the reason in a sentence and what you suggest. Change nothing before I agree.",
    },
    Template {
        name: "build_workflow",
        description: "A new workflow, checked and saved",
        arguments: &[Argument {
            name: "goal",
            description: "What it should do",
            otherwise: None,
        }],
        text: "Build a ComfyUI workflow in API format: {goal}. Begin with the nearest template or \
            saved workflow and edit_workflow rather than from nothing. Look up every class with \
            get_node_info, use only models that list_models shows, check with validate_workflow \
            until there are no errors, run it once, and save it with save_workflow under a name \
            that says what it does.",
    },
];

/// All prompts.
pub(crate) fn all() -> Vec<Prompt> {
    let argument = |argument: &Argument| {
        PromptArgument::new(argument.name)
            .with_description(argument.description)
            .with_required(argument.otherwise.is_none())
    };
    let prompt = |template: &Template| {
        let arguments = template.arguments.iter().map(argument).collect();
        Prompt::new(template.name, Some(template.description), Some(arguments))
    };
    TEMPLATES.iter().map(prompt).collect()
}

/// A prompt with its arguments filled in.
pub(crate) fn get(name: &str, given: Option<&JsonObject>) -> Result<GetPromptResult, ErrorData> {
    let template = TEMPLATES.iter().find(|template| template.name == name);
    let template = template
        .ok_or_else(|| ErrorData::invalid_params(format!("there is no prompt `{name}`"), None))?;
    let mut text = template.text.to_owned();
    for argument in template.arguments {
        let value = given.and_then(|given| given.get(argument.name));
        let value = value.and_then(Value::as_str).map(str::trim);
        let value = value
            .filter(|value| !value.is_empty())
            .or(argument.otherwise);
        let value = value.ok_or_else(|| {
            ErrorData::invalid_params(format!("`{}` is missing", argument.name), None)
        })?;
        text = text.replace(&format!("{{{}}}", argument.name), value);
    }
    let message = PromptMessage::new_text(Role::User, text);
    Ok(GetPromptResult::new(vec![message]).with_description(template.description))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_argument_stands_in_its_text() {
        for template in &TEMPLATES {
            for argument in template.arguments {
                let place = format!("{{{}}}", argument.name);
                assert!(template.text.contains(&place), "{}: {place}", template.name);
            }
        }
    }

    #[test]
    fn what_is_left_out_is_filled_or_asked_for() {
        let given = json!({"subject": "a fox"});
        let filled = get("make_image", given.as_object()).unwrap();
        let text = serde_json::to_string(&filled).unwrap();
        assert!(text.contains("a fox") && text.contains("whatever style suits it"));
        assert!(get("make_image", None).is_err());
        assert!(get("make_images", None).is_err());
    }
}
