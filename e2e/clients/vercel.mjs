// The Vercel AI SDK with its Anthropic provider.
import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import { prompt, serve, version, weather } from './driver.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;

const tools = {
  tools: { [weather.name]: tool({ description: weather.description, inputSchema: jsonSchema(weather.input_schema) }) },
  toolChoice: { type: 'tool', toolName: weather.name },
};
const thinking = { providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } } };

const settings = (call, more) => ({
  model: createAnthropic({ baseURL: call.base + '/v1', apiKey: call.key })(call.model),
  maxOutputTokens: call.max_tokens,
  prompt: prompt(call),
  ...(call.retries == null ? {} : { maxRetries: call.retries }),
  ...more,
});

function usage(total, answer) {
  answer.input_tokens = total.inputTokens;
  answer.output_tokens = total.outputTokens;
}

async function plain(call, answer, more) {
  const result = await generateText(settings(call, more));
  answer.text = result.text;
  answer.thinking = result.reasoningText;
  answer.model = result.response.modelId;
  answer.stop = result.finishReason;
  answer.request_id = result.response.headers?.['request-id'];
  usage(result.usage, answer);
  const [used] = result.toolCalls;
  if (used) answer.tool = { name: used.toolName, input: used.input };
}

async function stream(call, answer, more) {
  const result = streamText({ ...settings(call, more), onError: () => {} });
  answer.events = [];
  for await (const part of result.fullStream ?? result.stream) {
    answer.events.push(part.type);
    if (part.type === 'text-delta') answer.text = (answer.text ?? '') + part.text;
    if (part.type === 'reasoning-delta') answer.thinking = (answer.thinking ?? '') + part.text;
    if (part.type === 'tool-call') answer.tool = { name: part.toolName, input: part.input };
    if (part.type === 'finish-step') {
      answer.model = part.response.modelId;
      answer.request_id = part.response.headers?.['request-id'];
    }
    if (part.type === 'finish') {
      answer.stop = part.finishReason;
      usage(part.totalUsage, answer);
    }
    if (part.type === 'error') throw part.error;
  }
}

// describe looks through the error that says that every try failed.
function describe(e) {
  const cause = e.lastError ?? e;
  const body = cause.data?.error ?? cause.error ?? {};
  return {
    class: cause.name ?? cause.constructor.name,
    status: cause.statusCode ?? 0,
    type: body.type ?? cause.type ?? '',
    message: body.message ?? cause.message ?? String(cause),
    request_id: cause.responseHeaders?.['request-id'] ?? '',
  };
}

serve(
  { client: 'ai', version: `${version('ai')} with @ai-sdk/anthropic ${version('@ai-sdk/anthropic')}` },
  {
    message: plain,
    stream,
    tool: (call, answer) => plain(call, answer, tools),
    tool_stream: (call, answer) => stream(call, answer, tools),
    thinking: (call, answer) => plain(call, answer, thinking),
    thinking_stream: (call, answer) => stream(call, answer, thinking),
  },
  describe,
);
