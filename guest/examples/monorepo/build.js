// Builds the component from `component/index.js` and its imports, and writes it to `policy.wasm` or to
// the path in the first argument.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { componentize } from 'componentize-qjs';

const file = process.argv[2] ?? 'policy.wasm';
const project = fileURLToPath(new URL('.', import.meta.url));
const entry = join(project, 'component', 'index.js');

// The component's world is the policy's, and what `component/` imports to print.
const wit = await mkdtemp(join(tmpdir(), 'policy-'));
try {
  await cp(join(project, 'wit'), wit, { recursive: true, dereference: true });
  await cp(join(project, 'component', 'wit'), wit, { recursive: true });
  const { component } = await componentize({
    witPath: wit,
    world: 'component',
    jsPath: entry,
    jsSource: await readFile(entry, 'utf8'),
    moduleRoot: project,
    optSize: true,
    // The other runtime requires the asynchronous component model.
    sync: true,
  });
  await writeFile(file, component);
  console.log(`${file}: ${component.length} bytes`);
} finally {
  await rm(wit, { recursive: true });
}
