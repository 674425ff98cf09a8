// The TypeScript SDK.
import Anthropic from '@anthropic-ai/sdk';
import { prompt, sdkError, serve, version, weather } from './driver.mjs';

const open = (call) =>
  new Anthropic({ baseURL: call.base, apiKey: call.key, ...(call.retries == null ? {} : { maxRetries: call.retries }) });

const params = (call, more) => ({
  model: call.model,
  max_tokens: call.max_tokens,
  messages: [{ role: 'user', content: prompt(call) }],
  ...more,
});

const tools = { tools: [weather], tool_choice: { type: 'tool', name: weather.name } };
const thinking = { thinking: { type: 'enabled', budget_tokens: 1024 } };

function content(message, answer) {
  answer.model = message.model;
  answer.stop = message.stop_reason;
  answer.input_tokens = message.usage.input_tokens;
  answer.output_tokens = message.usage.output_tokens;
  for (const block of message.content) {
    if (block.type === 'text') answer.text = (answer.text ?? '') + block.text;
    if (block.type === 'thinking') {
      answer.thinking = block.thinking;
      answer.signature = block.signature;
    }
    if (block.type === 'tool_use') answer.tool = { name: block.name, input: block.input };
  }
}

async function plain(call, answer, more) {
  const { data, request_id } = await open(call).messages.create(params(call, more)).withResponse();
  answer.request_id = request_id;
  content(data, answer);
}

async function stream(call, answer, more) {
  const { data, request_id } = await open(call).messages.create({ ...params(call, more), stream: true }).withResponse();
  answer.request_id = request_id;
  answer.events = [];
  const blocks = [];
  let json = '';
  for await (const event of data) {
    answer.events.push(event.type);
    if (event.type === 'message_start') {
      answer.model = event.message.model;
      answer.input_tokens = event.message.usage.input_tokens;
    }
    if (event.type === 'content_block_start') blocks[event.index] = event.content_block;
    if (event.type === 'content_block_delta') {
      const { type, text, partial_json, thinking, signature } = event.delta;
      if (type === 'text_delta') answer.text = (answer.text ?? '') + text;
      if (type === 'input_json_delta') json += partial_json;
      if (type === 'thinking_delta') answer.thinking = (answer.thinking ?? '') + thinking;
      if (type === 'signature_delta') answer.signature = signature;
    }
    if (event.type === 'message_delta') {
      answer.stop = event.delta.stop_reason;
      answer.output_tokens = event.usage.output_tokens;
    }
  }
  const used = blocks.find((b) => b?.type === 'tool_use');
  if (used) answer.tool = { name: used.name, input: JSON.parse(json) };
}

// helper is the SDK's own assembly of a stream.
async function helper(call, answer) {
  const assembled = open(call).messages.stream(params(call));
  content(await assembled.finalMessage(), answer);
  answer.request_id = assembled.request_id;
}

async function ended(client, id) {
  for (let i = 0; i < 400; i++) {
    const batch = await client.messages.batches.retrieve(id);
    if (batch.processing_status === 'ended') return batch;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the batch did not end');
}

async function batch(call, answer) {
  const client = open(call);
  const requests = ['a', 'b'].map((custom_id) => ({ custom_id, params: params(call) }));
  const made = await client.messages.batches.create({ requests });
  const batch = (answer.batch = { id: made.id, created: made.processing_status, processing: made.request_counts.processing });
  const last = await ended(client, made.id);
  batch.ended = last.processing_status;
  batch.succeeded = last.request_counts.succeeded;
  batch.results = [];
  for await (const line of await client.messages.batches.results(made.id)) batch.results.push(`${line.custom_id} ${line.result.type}`);
  batch.results.sort();
  batch.listed = 0;
  for await (const item of client.messages.batches.list({ limit: 1 })) batch.listed += item.id === made.id ? 1 : 0;
  batch.deleted = (await client.messages.batches.delete(made.id)).type;
  const other = await client.messages.batches.create({ requests });
  batch.canceled = (await client.messages.batches.cancel(other.id)).processing_status;
  await ended(client, other.id);
}

serve(
  { client: '@anthropic-ai/sdk', version: version('@anthropic-ai/sdk') },
  {
    message: plain,
    stream,
    helper,
    tool: (call, answer) => plain(call, answer, tools),
    tool_stream: (call, answer) => stream(call, answer, tools),
    thinking: (call, answer) => plain(call, answer, thinking),
    thinking_stream: (call, answer) => stream(call, answer, thinking),
    count: async (call, answer) => {
      const { max_tokens, ...rest } = params(call);
      answer.input_tokens = (await open(call).messages.countTokens(rest)).input_tokens;
    },
    batch,
    models: async (call, answer) => {
      answer.models = [];
      for await (const m of open(call).models.list({ limit: 2 })) answer.models.push(m.id);
    },
    limits: async (call, answer) => {
      answer.models = [];
      for await (const g of open(call).organization.rateLimits.list({ limit: 2 })) {
        for (const l of g.limits) answer.models.push(`${g.group.type} ${(g.models ?? []).join('+')} ${l.type} ${l.value}`);
      }
    },
    model: async (call, answer) => {
      const m = await open(call).models.retrieve(call.model);
      answer.model = m.id;
      answer.models = [m.display_name, m.type];
    },
  },
  sdkError,
);
