// Builds the component from `src/component.js` and its imports, and writes it to `policy.wasm` or to
// the path in the first argument.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { componentize } from '@bytecodealliance/componentize-js';

const file = process.argv[2] ?? 'policy.wasm';
const { component } = await componentize({
  sourcePath: fileURLToPath(new URL('src/component.js', import.meta.url)),
  witPath: fileURLToPath(new URL('wit', import.meta.url)),
  worldName: 'deploy',
  // A policy uses no streams, random numbers, clocks and network. Without these features the component
  // imports no WASI interface.
  disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
});
await writeFile(file, component);
console.log(`${file}: ${component.length} bytes`);
