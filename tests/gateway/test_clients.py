"""The official clients of OpenAI and Anthropic, unchanged."""

import anthropic
import httpx2
import openai

from gateway.model import MODEL, PROVIDER_KEY
from gateway.world import Holder, Running


def gpt(house: Running, who: Holder) -> openai.OpenAI:
    http = httpx2.Client(auth=who.auth(), trust_env=False)
    return openai.OpenAI(base_url=house.base, api_key="-", http_client=http, max_retries=0)


def claude(house: Running, who: Holder) -> anthropic.Anthropic:
    http = httpx2.Client(auth=who.auth(), trust_env=False)
    return anthropic.Anthropic(base_url=house.origin, api_key="-", http_client=http, max_retries=0)


HELLO = [{"role": "user", "content": "Is this a use after free?"}]


def test_openai_chat_completions(house: Running, who: Holder):
    with gpt(house, who) as client:
        made = client.chat.completions.create(model=who.alias, messages=HELLO)
    assert made.choices[0].message.content == "Hello world"
    assert (made.model, made.system_fingerprint) == (who.alias, None)
    path, fields, said = house.model.asked[0]
    assert (path, said["model"]) == ("/v1/chat/completions", MODEL)
    assert fields["authorization"] == f"Bearer {PROVIDER_KEY}"
    assert "dpop" not in fields and who.token not in str(fields)


def test_openai_chat_completions_streaming(house: Running, who: Holder):
    with gpt(house, who) as client:
        stream = client.chat.completions.create(model=who.alias, messages=HELLO, stream=True)
        chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "Hello world"
    assert {c.model for c in chunks} == {who.alias}
    assert [c.usage for c in chunks] == [None] * len(chunks)


def test_openai_chat_completions_streaming_with_usage(house: Running, who: Holder):
    with gpt(house, who) as client:
        stream = client.chat.completions.create(
            model=who.alias, messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
    assert chunks[-1].usage is not None and chunks[-1].usage.total_tokens == 18


def test_openai_responses(house: Running, who: Holder):
    with gpt(house, who) as client:
        made = client.responses.create(model=who.alias, input="Is this a use after free?")
    assert (made.output_text, made.model) == ("Hello world", who.alias)
    assert house.model.asked[0][2]["store"] is False


def test_openai_responses_streaming(house: Running, who: Holder):
    with gpt(house, who) as client:
        events = list(client.responses.create(model=who.alias, input="Hello", stream=True))
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == (
        "Hello world"
    )
    assert events[0].type == "response.created" and events[0].response.model == who.alias
    assert events[-1].type == "response.completed" and events[-1].response.model == who.alias


def test_openai_models_are_the_callers_own(house: Running, who: Holder):
    with gpt(house, who) as client:
        assert [each.id for each in client.models.list()] == [who.alias]
        assert client.models.retrieve(who.alias).id == who.alias


def test_anthropic_messages(house: Running, who: Holder):
    with claude(house, who) as client:
        made = client.messages.create(model=who.alias, max_tokens=50, messages=HELLO)
    assert (made.content[0].text, made.model) == ("Hello world", who.alias)
    fields = house.model.asked[0][1]
    assert fields["x-api-key"] == PROVIDER_KEY and "authorization" not in fields


def test_anthropic_messages_streaming(house: Running, who: Holder):
    with (
        claude(house, who) as client,
        client.messages.stream(model=who.alias, max_tokens=50, messages=HELLO) as stream,
    ):
        assert "".join(stream.text_stream) == "Hello world"
        made = stream.get_final_message()
    assert (made.model, made.usage.output_tokens) == (who.alias, 7)


def test_anthropic_count_tokens(house: Running, who: Holder):
    with claude(house, who) as client:
        assert client.messages.count_tokens(model=who.alias, messages=HELLO).input_tokens == 11


def test_anthropic_models_are_the_callers_own(house: Running, who: Holder):
    with claude(house, who) as client:
        assert [each.id for each in client.models.list()] == [who.alias]
