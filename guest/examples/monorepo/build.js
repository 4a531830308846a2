// Makes the component `policy.wasm` (or the file that is named) of `src/component.js` and what it imports.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { componentize } from '@bytecodealliance/componentize-js';

const file = process.argv[2] ?? 'policy.wasm';
const { component } = await componentize({
  sourcePath: fileURLToPath(new URL('src/component.js', import.meta.url)),
  witPath: fileURLToPath(new URL('wit', import.meta.url)),
  worldName: 'deploy',
  // A policy only answers: it has no streams, no clock, no network. Without these the component
  // imports nothing of WASI.
  disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
});
await writeFile(file, component);
console.log(`${file}: ${component.length} bytes`);
