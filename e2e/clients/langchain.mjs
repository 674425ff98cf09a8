// LangChain.js.
import { ChatAnthropic } from '@langchain/anthropic';
import { prompt, sdkError, serve, version, weather } from './driver.mjs';

const open = (call, more) =>
  new ChatAnthropic({
    apiKey: call.key,
    anthropicApiUrl: call.base,
    model: call.model,
    maxTokens: call.max_tokens,
    ...(call.retries == null ? {} : { maxRetries: call.retries }),
    ...more,
  });

const withTools = (model) => model.bindTools([weather], { tool_choice: { type: 'tool', name: weather.name } });
const thinking = { thinking: { type: 'adaptive' } }; // it refuses a budget for newer models

function message(m, answer) {
  answer.text = typeof m.content === 'string' ? m.content : m.content.map((b) => b.text ?? '').join('');
  if (Array.isArray(m.content)) {
    for (const block of m.content) {
      if (block.type !== 'thinking') continue;
      answer.thinking = (answer.thinking ?? '') + (block.thinking ?? '');
      answer.signature = (answer.signature ?? '') + (block.signature ?? '');
    }
  }
  answer.model = m.response_metadata?.model ?? m.response_metadata?.model_name;
  answer.stop = m.response_metadata?.stop_reason ?? m.additional_kwargs?.stop_reason;
  answer.input_tokens = m.usage_metadata?.input_tokens;
  answer.output_tokens = m.usage_metadata?.output_tokens;
  const [used] = m.tool_calls ?? [];
  if (used) answer.tool = { name: used.name, input: used.args };
}

async function plain(call, answer, model) {
  message(await model.invoke(prompt(call)), answer);
}

async function stream(call, answer, model) {
  answer.events = [];
  let whole;
  for await (const chunk of await model.stream(prompt(call))) {
    answer.events.push('chunk');
    whole = whole ? whole.concat(chunk) : chunk;
  }
  message(whole, answer);
}

serve(
  { client: '@langchain/anthropic', version: `${version('@langchain/anthropic')} with core ${version('@langchain/core')}` },
  {
    message: (call, answer) => plain(call, answer, open(call)),
    stream: (call, answer) => stream(call, answer, open(call)),
    tool: (call, answer) => plain(call, answer, withTools(open(call))),
    tool_stream: (call, answer) => stream(call, answer, withTools(open(call))),
    thinking: (call, answer) => plain(call, answer, open(call, thinking)),
    thinking_stream: (call, answer) => stream(call, answer, open(call, thinking)),
  },
  sdkError,
);
