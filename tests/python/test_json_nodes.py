"""The nodes for JSON and text, as ComfyUI calls them."""

from __future__ import annotations

from typing import Any

import pytest
from comfyui_api_manager import WorkflowError
from node_calls import run

PEOPLE: list[Any] = [
    {"name": "Ada", "age": 36, "tags": ["a", "b"], "address": {"city": "London"}},
    {"name": "Bob", "age": "41", "active": True, "address": {"city": "Bonn"}},
    {"name": None, "age": None},
    "no object",
]


class TestExtract:
    @pytest.mark.parametrize(
        ("path", "wanted"),
        [
            ("people.0.name", ("Ada", "Ada", True)),
            ("people.-3.address", ("{'city': 'Bonn'}", {"city": "Bonn"}, True)),
            ("people.1.active", ("True", True, True)),
            ("people.2.name", ("-", {}, False)),
            ("nobody.0", ("-", {}, False)),
            (r"a\.b", ("0", 0, True)),
            ("$.people[*].address.city", ("['London', 'Bonn']", ["London", "Bonn"], True)),
            ("$.people[0].age", ("36", 36, True)),
            ("$..none", ("-", {}, False)),
        ],
    )
    def test_gives_the_value_at_the_path(self, path: str, wanted: tuple[str, Any, bool]) -> None:
        document = {"people": PEOPLE, "a.b": 0}
        assert run("JSONExtractNode", json_data=document, path=path, default_value="-") == wanted

    def test_gives_the_very_objects_that_it_was_given(self) -> None:
        document = {"a": [{"b": object()}]}
        assert run("JSONExtractNode", json_data=document, path="")[1] is document
        assert run("JSONExtractNode", json_data=document, path="a.0")[1] is document["a"][0]
        queried = run("JSONExtractNode", json_data=document, path="$.a[*]")[1]
        assert queried[0] is document["a"][0]

    @pytest.mark.parametrize("data", [None, "text", 5, [], float("nan")])
    def test_finds_nothing_in_what_holds_nothing(self, data: Any) -> None:
        assert run("JSONExtractNode", json_data=data, path="a.b") == ("", {}, False)

    def test_says_what_is_wrong_with_a_query(self) -> None:
        with pytest.raises(WorkflowError, match="is no JSONPath") as raised:
            run("JSONExtractNode", json_data={}, path="$.a[")
        assert raised.value.code == "invalid_path"


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        (0, (1, 3, True)),
        (2, (3, 3, False)),
        (-1, (3, 3, False)),
        (-3, (1, 3, True)),
        (3, ({}, 3, False)),
        (-4, ({}, 3, False)),
    ],
)
def test_iterator_takes_one_item(index: int, wanted: tuple[Any, int, bool]) -> None:
    assert run("JSONArrayIteratorNode", json_array=[1, 2, 3], selection_index=index) == wanted


@pytest.mark.parametrize(
    ("path", "operator", "value", "wanted"),
    [
        ("name", "equals", "Ada", [0]),
        ("name", "equals", "None", [2, 3]),
        ("active", "equals", "True", [1]),
        ("active", "equals", "true", [1]),
        ("name", "not_equals", "Ada", [1, 2, 3]),
        ("address.city", "contains", "ON", [0, 1]),
        ("address.city", "not_contains", "lon", [1, 2, 3]),
        ("age", "greater", "36.5", [1]),
        ("age", "less", "100", [0, 1]),
        ("age", "less", "many", []),
        ("tags", "exists", "", [0]),
        ("tags.-1", "equals", "b", [0]),
        ("", "equals", "no object", [3]),
        ("$.tags[*]", "equals", "['a', 'b']", [0]),
        ("name", "resembles", "Ada", []),
    ],
)
def test_filter_keeps_what_passes(path: str, operator: str, value: str, wanted: list[int]) -> None:
    inputs = {"json_array": PEOPLE, "field_path": path, "operator": operator, "value": value}
    kept, count = run("JSONArrayFilterNode", **inputs)
    assert count == len(wanted)
    assert [id(item) for item in kept] == [id(PEOPLE[index]) for index in wanted]


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ({}, [0, 1, 2, 3]),
        ({"start": 1, "end": 3}, [1, 2]),
        ({"end": -2}, [0, 1]),
        ({"start": -2}, [2, 3]),
        ({"step": 3}, [0, 3]),
        ({"start": 9}, []),
    ],
)
def test_slice_is_that_of_python(inputs: dict[str, int], wanted: list[int]) -> None:
    assert run("JSONArraySliceNode", json_array=[0, 1, 2, 3], **inputs) == (wanted, len(wanted))


def test_map_leaves_out_what_is_missing() -> None:
    assert run("JSONArrayMapNode", json_array=PEOPLE, field_path="age") == ([36, "41"], "36, 41")
    cities = run("JSONArrayMapNode", json_array=PEOPLE, field_path="address.city")
    assert cities == (["London", "Bonn"], "London, Bonn")
    odd = ["\ud800", 2**100, {"a": 1}]
    assert run("JSONArrayMapNode", json_array=odd, field_path="")[1] == f"\ud800, {2**100}, {{'a': 1}}"


def test_stats_count_all_and_sum_numbers() -> None:
    stats = run("JSONArrayStatsNode", json_array=PEOPLE, numeric_field="age")
    assert stats == (4, 77.0, 38.5, 36.0, 41.0)
    odd = [1, 2.5, True, " 3 ", "nan", "x", None, {}, [], 10**400]
    assert run("JSONArrayStatsNode", json_array=odd) == (10, 7.5, 1.875, 1.0, 3.0)
    assert run("JSONArrayStatsNode", json_array=[{"a": 1}]) == (1, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("array", [None, {}, "text", 5])
def test_what_is_no_list_is_an_empty_one(array: Any) -> None:
    assert run("JSONArrayIteratorNode", json_array=array, selection_index=0) == ({}, 0, False)
    assert run("JSONArraySliceNode", json_array=array) == ([], 0)
    assert run("JSONArrayMapNode", json_array=array, field_path="a") == ([], "")
    assert run("JSONArrayStatsNode", json_array=array) == (0, 0.0, 0.0, 0.0, 0.0)
    filtered = run("JSONArrayFilterNode", json_array=array, field_path="a", operator="exists")
    assert filtered == ([], 0)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (({"a": 1, "b": 1}, {"b": 2}, {"c": 3}), {"a": 1, "b": 2, "c": 3}),
        (([1], [2], None), [1, 2]),
        (([1], {"a": 1}, [3]), [1, 3]),
        (({"a": 1}, [2], None), {"a": 1}),
        (("text", {"a": 1}, None), "text"),
    ],
)
def test_merge_lets_the_last_win(values: tuple[Any, Any, Any], wanted: Any) -> None:
    first, second, third = values
    before = repr(first)
    assert run("JSONMergeNode", json_a=first, json_b=second, json_c=third) == (wanted,)
    assert repr(first) == before


class TestTemplate:
    @pytest.mark.parametrize(
        ("template", "wanted"),
        [
            ("$name and $name_full", "Ada and $name Lovelace"),
            ("$$name ${name} $no", "$Ada ${name} $no"),
            ("$n $list $flag", "5 [1, 'a'] True"),
            ("$my-key, $nameさん", "dashed, Adaさん"),
        ],
    )
    def test_fills_each_name_once(self, template: str, wanted: str) -> None:
        variables = {
            "name": "Ada",
            "name_full": "$name Lovelace",
            "n": 5,
            "list": [1, "a"],
            "flag": True,
            "my-key": "dashed",
            7: "no text as key",
        }
        assert run("TextTemplateNode", template=template, variables=variables) == (wanted,)

    @pytest.mark.parametrize("variables", [None, [], "text"])
    def test_without_variables_stays_as_it_is(self, variables: Any) -> None:
        assert run("TextTemplateNode", template="$a", variables=variables) == ("$a",)


class TestCombiner:
    def test_takes_values_from_the_answer_then_the_defaults(self) -> None:
        text, conditioning, identity = run(
            "TextPromptCombinerNode",
            text_prompt_template="$user.name in $style on $tags.-1, $user.age $nothing.",
            api_response={"user": {"name": "Ada", "age": None}, "tags": ["a", "b"], "id": 0},
            id_field_name="id",
            default_values='"style": "oil", "user.age": 36',
        )
        assert text == "Ada in oil on b, 36 $nothing."
        assert (conditioning, identity) == (None, "0")

    @pytest.mark.parametrize("answer", [[1], "text", 5])
    def test_leaves_the_prompt_alone_without_an_object(self, answer: Any) -> None:
        result = run("TextPromptCombinerNode", text_prompt_template="$a", api_response=answer)
        assert result == ("$a", None, "")

    @pytest.mark.parametrize("defaults", ["[1]", "s3cret", '{"a": s3cret}'])
    def test_tells_of_bad_defaults_without_showing_them(
        self, defaults: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        inputs = {"text_prompt_template": "$a $b", "api_response": {"b": 1}}
        assert run("TextPromptCombinerNode", **inputs, default_values=defaults)[0] == "$a 1"
        assert "`default_values`" in caplog.text
        assert "s3cret" not in caplog.text

    def test_encodes_the_prompt(self) -> None:
        class Clip:
            def tokenize(self, text: str) -> str:
                return f"tokens of {text}"

            def encode_from_tokens_scheduled(self, tokens: str) -> list[Any]:
                return [[tokens, {"pooled_output": None}]]

        inputs = {"text_prompt_template": "a $b", "api_response": {"b": "cat"}, "clip": Clip()}
        conditioning = run("TextPromptCombinerNode", **inputs)[1]
        assert conditioning == [["tokens of a cat", {"pooled_output": None}]]
