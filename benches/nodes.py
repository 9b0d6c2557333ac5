"""What the nodes cost, beside the obvious Python in the same run: `make bench-nodes`.

Times are processor times of this process, the least of several runs, and for images, which use all
cores, times on the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy
from comfyui_api_manager._native import image_decode, image_encode
from comfyui_api_manager.nodes import NODE_CLASS_MAPPINGS
from PIL import Image

ITEMS = 10_000
RUNS = 15

PEOPLE: list[dict[str, Any]] = [
    {
        "id": index,
        "name": f"person {index}",
        "age": index % 90,
        "address": {"city": ("Bonn", "London", "Oslo")[index % 3]},
    }
    for index in range(ITEMS)
]


def least(clock: Callable[[], float], work: Callable[[], Any], runs: int = RUNS) -> float:
    """The shortest time of several runs, in milliseconds."""

    def once() -> float:
        begin = clock()
        work()
        return clock() - begin

    return min(once() for _ in range(runs)) * 1000


# What one would write without thinking about speed.


def walk(value: Any, path: str) -> Any:
    for part in path.split(".") if path else []:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            try:
                value = value[int(part)]
            except (ValueError, IndexError):
                return None
        else:
            return None
    return value


def number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def plain_filter(items: list[Any], path: str, test: Callable[[Any], bool]) -> list[Any]:
    return [item for item in items if test(walk(item, path))]


def plain_map(items: list[Any], path: str) -> tuple[list[Any], str]:
    values = [value for item in items if (value := walk(item, path)) is not None]
    return values, ", ".join(str(value) for value in values)


def plain_statistics(items: list[Any], path: str) -> tuple[float, ...]:
    numbers = [n for item in items if (n := number(walk(item, path))) is not None]
    return sum(numbers), sum(numbers) / len(numbers), min(numbers), max(numbers)


def plain_template(text: str, variables: dict[str, Any]) -> str:
    for name, value in variables.items():
        text = text.replace(f"${name}", str(value))
    return text


def node(key: str, **inputs: Any) -> Callable[[], Any]:
    made = NODE_CLASS_MAPPINGS[key]()
    return lambda: getattr(made, made.FUNCTION)(**inputs)


def filtered(path: str, operator: str, value: str) -> Callable[[], Any]:
    inputs = {"field_path": path, "operator": operator, "value": value}
    return node("JSONArrayFilterNode", json_array=PEOPLE, **inputs)


def json_nodes() -> None:
    names = {f"name_{index}": index for index in range(ITEMS)}
    text = " ".join(f"${name}" for name in list(names)[:100])
    numbers = {str(index): index for index in range(ITEMS)}
    rows: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        (
            "filter, equals",
            filtered("name", "equals", "person 7"),
            lambda: plain_filter(PEOPLE, "name", lambda v: str(v) == "person 7"),
        ),
        (
            "filter, contains",
            filtered("name", "contains", "Person 7"),
            lambda: plain_filter(PEOPLE, "name", lambda v: "person 7" in str(v).lower()),
        ),
        (
            "filter, exists",
            filtered("name", "exists", ""),
            lambda: plain_filter(PEOPLE, "name", lambda v: v is not None),
        ),
        (
            "filter, greater",
            filtered("age", "greater", "45"),
            lambda: plain_filter(PEOPLE, "age", lambda v: (number(v) or 0) > 45),
        ),
        (
            "filter, equals, two steps",
            filtered("address.city", "equals", "Oslo"),
            lambda: plain_filter(PEOPLE, "address.city", lambda v: str(v) == "Oslo"),
        ),
        (
            "map",
            node("JSONArrayMapNode", json_array=PEOPLE, field_path="name"),
            lambda: plain_map(PEOPLE, "name"),
        ),
        (
            "map, two steps",
            node("JSONArrayMapNode", json_array=PEOPLE, field_path="address.city"),
            lambda: plain_map(PEOPLE, "address.city"),
        ),
        (
            "stats",
            node("JSONArrayStatsNode", json_array=PEOPLE, numeric_field="age"),
            lambda: plain_statistics(PEOPLE, "age"),
        ),
        ("slice", node("JSONArraySliceNode", json_array=PEOPLE), lambda: PEOPLE[0:None:1]),
        (
            "merge of objects",
            node("JSONMergeNode", json_a=numbers, json_b=numbers),
            lambda: {**numbers, **numbers},
        ),
        (
            "extract all as text",
            node("JSONExtractNode", json_data=PEOPLE, path=""),
            lambda: str(walk(PEOPLE, "")),
        ),
        (
            "template, 10,000 names",
            node("TextTemplateNode", template=text, variables=names),
            lambda: plain_template(text, names),
        ),
    ]
    print(f"JSON nodes, {ITEMS:,} items\n\n| | node, ms | plain Python, ms | times as fast |")
    print("|---|---|---|---|")
    for name, ours, plain in rows:
        fast, slow = least(time.process_time, ours), least(time.process_time, plain)
        print(f"| {name} | {fast:.3f} | {slow:.3f} | {slow / fast:.1f} |")


def photographs(count: int, side: int) -> Any:
    """Slopes, edges and the noise of a sensor."""
    chance = numpy.random.default_rng(7)
    x, y = numpy.meshgrid(numpy.linspace(0, 1, side), numpy.linspace(0, 1, side))
    slopes = numpy.stack([x, y, 0.5 + 0.5 * numpy.sin(9 * x * y)], axis=-1)
    slopes[side // 4 : side // 2, side // 3 :] *= 0.5
    noise = chance.normal(0, 0.01, (count, side, side, 3))
    return numpy.clip(slopes + noise, 0, 1).astype(numpy.float32)


def pillow_out(batch: Any, level: int) -> list[bytes]:
    files = []
    for pixels in batch:
        image = Image.fromarray(numpy.clip(255.0 * pixels, 0, 255).astype(numpy.uint8))
        buffer = BytesIO()
        image.save(buffer, "PNG", compress_level=level)
        files.append(buffer.getvalue())
    return files


def pillow_in(files: list[bytes]) -> list[Any]:
    images = (Image.open(BytesIO(file)).convert("RGB") for file in files)
    return [numpy.array(image).astype(numpy.float32) / 255.0 for image in images]


def images() -> None:
    batch = photographs(8, 1024)
    files = image_encode(batch, "PNG", 95)
    assert all(
        (back == pillow).all()
        for back, pillow in zip(image_decode(files, False), pillow_in(files), strict=True)
    )
    ways: list[tuple[str, Callable[[], list[bytes]], Callable[[list[bytes]], Any]]] = [
        ("here", lambda: image_encode(batch, "PNG", 95), lambda files: image_decode(files, False)),
        *((f"Pillow, level {level}", lambda level=level: pillow_out(batch, level), pillow_in) for level in (1, 4)),
    ]
    print("\n8 images of 1024x1024: tensor to PNG and back\n")
    print("| | to PNG, ms | back, ms | both, ms | MB | both, processor ms |\n|---|---|---|---|---|---|")
    for name, write, read in ways:
        files = write()
        out, back = least(time.perf_counter, write, 5), least(time.perf_counter, lambda: read(files), 5)
        cpu = least(time.process_time, lambda: read(write()), 5)
        size = sum(map(len, files)) / 1e6
        print(f"| {name} | {out:.0f} | {back:.0f} | {out + back:.0f} | {size:.1f} | {cpu:.0f} |")


if __name__ == "__main__":
    json_nodes()
    images()
