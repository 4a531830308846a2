// What the engine lacks or reads from the machine that builds: `console`, clocks and random numbers. The
// component contains a snapshot of the engine after the modules were loaded, so without this module the time and
// the random numbers of the build would be in it. As in every component, the time is the start of 1970, and the
// random numbers are the same in every run. The field `startedAt` of the build or the plan is the time of the run.

import { getStderr } from 'wasi:cli/stderr@0.2.0';
import { getStdout } from 'wasi:cli/stdout@0.2.0';

const now = () => 0;

globalThis.Date = new Proxy(Date, {
  apply: (date) => new date(now()).toString(),
  construct: (date, parameters, target) => Reflect.construct(date, parameters.length > 0 ? parameters : [now()], target),
  get: (date, name, receiver) => (name === 'now' ? now : Reflect.get(date, name, receiver)),
});
Date.prototype.constructor = Date;
if (globalThis.performance !== undefined) {
  globalThis.performance = { now, timeOrigin: now() };
}

// Marsaglia's generator xorshift32.
let state = 1;
Math.random = () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
};

const printer = (open) => (...values) => print(open, `${values.map(format).join(' ')}\n`);
const out = printer(getStdout);
const error = printer(getStderr);
globalThis.console = { log: out, info: out, debug: out, warn: error, error };

/** A stream accepts 4096 bytes at a time. */
function print(open, text) {
  const bytes = Uint8Array.from(unescape(encodeURIComponent(text.toWellFormed())), (character) => character.charCodeAt(0));
  const stream = open();
  for (let start = 0; start < bytes.length; start += 4096) {
    stream.blockingWriteAndFlush(bytes.slice(start, start + 4096));
  }
}

function format(value) {
  if (value instanceof Error) return [`${value}`, ...frames(value)].join('\n');
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value, (_, part) => (part instanceof Map || part instanceof Set ? [...part]
      : typeof part === 'bigint' ? `${part}n` : part));
  } catch {
    return String(value); // It contains itself.
  }
}

/** The stack of an error, without the functions of this folder and of the engine. */
function frames(error) {
  return (error.stack ?? '').split('\n').filter((frame) => /\(\/|at \//.test(frame) && !frame.includes('/component/'))
    .map((frame) => frame.replace(/(\(|at )\//, '$1'));
}
