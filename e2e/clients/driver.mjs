// Reads one call a line from standard input, carries each out at once, and
// writes one answer a line. What a client offers is a table of functions by the
// name of the operation; what is not in it is answered with "unsupported".
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';

export const version = (name) =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url))).version;

export const prompt = (call) => (call.prompt_bytes ? 'word '.repeat(call.prompt_bytes / 5) : 'Say hello.');

export const weather = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

process.env.ANTHROPIC_LOG = 'off'; // read when a client is made

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

// serve answers calls until standard input ends. describe(error) tells what a
// user of the client sees of an error.
export function serve(hello, operations, describe) {
  say(hello);
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const call = JSON.parse(line);
    const answer = { id: call.id };
    const began = performance.now();
    try {
      if (operations[call.op]) await operations[call.op](call, answer);
      else answer.unsupported = true;
    } catch (error) {
      answer.error = describe(error);
    }
    answer.seconds = (performance.now() - began) / 1000;
    say(answer);
  });
  process.on('unhandledRejection', () => {}); // each call reports its own error
}

const header = (headers, name) => headers?.get?.(name) ?? headers?.[name];

// sdkError is an error of Anthropic's own packages.
export const sdkError = (e) => ({
  class: e.constructor.name,
  status: e.status ?? 0,
  type: e.type ?? e.error?.error?.type ?? '',
  code: e.errorCode ?? e.error?.error?.details?.error_code ?? '',
  message: e.apiMessage ?? e.error?.error?.message ?? e.message,
  request_id: e.requestID ?? header(e.headers, 'request-id') ?? '',
});
