"""The official Python SDK drives `comfyctl mcp` through a story, over both transports and in both
manners of the protocol: with the handshake of 2025-11-25, and without, as from 2026-07-28.

Run by run.sh: story.py COMFYCTL SIMULATOR_URL MCP_URL
"""

import sys
import warnings

import anyio
from mcp import Client, StdioServerParameters
from mcp_types import ElicitResult, ImageContent, ResourceLink, ResourceTemplateReference

# What ends with 2025-11-25 is tried all the same.
warnings.filterwarnings("ignore", message="resources/")

# A job that would take minutes; whoever waits for its end has failed.
LONG = {"prompt": "a fox", "steps": 10_000, "width": 64, "height": 64}
SHORT = {**LONG, "steps": 6}
AT_ONCE = {"wait_for_completion": False}
PLAIN = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": 255},
    },
    "2": {
        "class_type": "SaveImage",
        "inputs": {"images": ["1", 0], "filename_prefix": "watched"},
    },
}


async def agree(_context, _parameters):
    return ElicitResult(action="accept", content={})


async def call(client, tool, arguments, **more):
    """The structured content of a call, which the SDK has held against the tool's output schema."""
    result = await client.call_tool(tool, arguments, **more)
    return result, result.structured_content


async def lists(client):
    tools = (await client.list_tools()).tools
    names = {tool.name for tool in tools}
    assert {"execute_workflow", "generate_image", "wait_for_job"} <= names, names
    assert all(tool.annotations and tool.output_schema for tool in tools)
    templates = (await client.list_resource_templates()).resource_templates
    assert "comfyui://jobs/{job_id}" in {template.uri_template for template in templates}


async def generates(client):
    told = []

    async def progress(done, total, message):
        told.append((done, total, message))

    result, end = await call(client, "generate_image", SHORT, progress_callback=progress)
    assert end["success"] and end["status"] == "completed", end
    assert told and told == sorted(told, key=lambda each: each[0]), told
    assert any("KSampler" in message for _, _, message in told), told
    assert any(isinstance(each, ImageContent) for each in result.content)
    return next(each for each in result.content if isinstance(each, ResourceLink))


async def cancels(client):
    begun = anyio.Event()

    async def progress(_done, _total, message):
        if "step" in message:
            begun.set()

    async with anyio.create_task_group() as group:

        async def generate():
            await client.call_tool("generate_image", LONG, progress_callback=progress)

        group.start_soon(generate)
        await begun.wait()
        group.cancel_scope.cancel()
    _, history = await call(client, "get_job_history", {"limit": 1})
    job = history["jobs"][0]["job_id"]
    _, end = await call(client, "wait_for_job", {"job_id": job})
    assert end["status"] == "cancelled" and end["code"] == "cancelled", end


async def reads(client, link):
    [image] = (await client.read_resource(link.uri)).contents
    assert image.mime_type == "image/png" and image.blob
    [jobs] = (await client.read_resource("comfyui://jobs/recent")).contents
    assert "completed" in jobs.text


async def completes(client):
    template = ResourceTemplateReference(uri="comfyui://definitions/{class}")
    completed = await client.complete(template, {"name": "class", "value": "ksam"})
    assert "KSampler" in completed.completion.values


async def watches(client, mode):
    """A job is told of when it changes: by a stream, or as it was until 2025-11-25."""
    _, run = await call(client, "execute_workflow", {"workflow_json": PLAIN, **AT_ONCE})
    uri = f"comfyui://jobs/{run['job_id']}"
    if mode == "legacy":
        await client.session.subscribe_resource(uri)
        await client.session.unsubscribe_resource(uri)
        return
    async with client.listen(resource_subscriptions=[uri]) as updates:
        assert list(updates.honored.resource_subscriptions) == [uri]
        async for _ in updates:
            [job] = (await client.read_resource(uri)).contents
            if '"completed"' in job.text:
                break


async def asks_before_it_destroys(client):
    _, cleared = await call(client, "clear_queue", {})
    assert cleared["success"], cleared


async def story(server, mode):
    with anyio.fail_after(60):
        async with Client(server, mode=mode, elicitation_callback=agree) as client:
            await lists(client)
            link = await generates(client)
            await cancels(client)
            await reads(client, link)
            await completes(client)
            await watches(client, mode)
            await asks_before_it_destroys(client)


async def main(comfyctl, simulator, url, environment):
    stdio = StdioServerParameters(
        command=comfyctl, args=["--url", simulator, "mcp"], env=environment
    )
    for name, server in [("stdio", stdio), ("HTTP", url)]:
        for mode in ["legacy", "2026-07-28"]:
            await story(server, mode)
            print(f"Python SDK over {name}, {mode}: fine")


if __name__ == "__main__":
    import os

    kept = {name: text for name, text in os.environ.items() if name.startswith("COMFYCTL_")}
    anyio.run(main, *sys.argv[1:], kept)
