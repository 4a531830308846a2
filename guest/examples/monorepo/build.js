// Builds the component of the policy in `src/policy.js` or the guard in `src/guard.js`, whichever the world in
// `wit/world.wit` exports, and writes it to `policy.wasm` or `guard.wasm`, or to the path in the first argument.

import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { componentize } from 'componentize-qjs';

// The component contains the state of an engine that has read the time and random numbers. With `faketime`, both are
// the same in each build, and so the same sources build the same bytes.
if (process.env.FAKERANDOM_SEED === undefined) {
  const same = ['-f', '2000-01-01 00:00:00', 'env', 'FAKERANDOM_SEED=0x1'];
  const build = spawnSync('faketime', [...same, process.execPath, ...process.argv.slice(1)], {
    env: { ...process.env, TZ: 'UTC' },
    stdio: 'inherit',
  });
  if (build.error?.code !== 'ENOENT') {
    if (build.error) throw build.error;
    process.exit(build.status ?? 1);
  }
  console.warn('`faketime` is not installed: the component gets another digest in each build.');
}

const project = fileURLToPath(new URL('.', import.meta.url));
const worldFile = await readFile(join(project, 'wit', 'world.wit'), 'utf8');
const [, world] = /^\s*world\s+([a-z0-9-]+)/m.exec(worldFile) ?? [];
const [, kind] = /^\s*export\s+ecs-host:policy\/(policy|guard)@/m.exec(worldFile) ?? [];
if (world === undefined || kind === undefined) {
  console.error('wit/world.wit: expected a world that exports ecs-host:policy/policy@0.2.0 or ecs-host:policy/guard@0.2.0');
  process.exit(1);
}
const file = process.argv[2] ?? `${kind}.wasm`;

const wit = await mkdtemp(join(tmpdir(), `${kind}-`));
try {
  await cp(join(project, 'wit'), wit, { recursive: true, dereference: true });
  await cp(join(project, 'component', 'wit'), wit, { recursive: true });
  // The world of the component: that of the project, and what `component/` imports to print and to end.
  await writeFile(join(wit, 'component.wit'), `world component {
    include ${world};
    import wasi:cli/stdout@0.2.0;
    import wasi:cli/stderr@0.2.0;
    import wasi:cli/exit@0.2.0;
  }`);
  const { component } = await componentize({
    witPath: wit,
    world: 'component',
    jsPath: fileURLToPath(import.meta.url), // Its folder is that of the imports.
    jsSource: `import { implement } from './component/index.js';
      import { ${kind} as implementation } from './src/${kind}.js';
      export const ${kind} = implement('${kind}', implementation);`,
    moduleRoot: project,
    optSize: true,
    // The other runtime requires the asynchronous component model.
    sync: true,
  });
  await writeFile(file, component);
  console.log(`${file}: ${component.length} bytes`);
} catch (error) {
  console.error(explanation(error));
  process.exitCode = 1;
} finally {
  await rm(wit, { recursive: true });
}

/** What is wrong, without the steps of the engine and the frames of what exports, and with paths from this folder on. */
function explanation(error) {
  const text = error.message.replaceAll(project, '').replaceAll(wit, 'wit')
    .replace(/^[\s:]*(Failed to [^:]*JavaScript[^:]*: )*(Error: )?/, '')
    .replaceAll(/(['"(]|at )\/(?=src\/|component\/)/g, '$1')
    .split('\n').filter((line) => !/^\s+at .*(component\/|\/build\.js)/.test(line)).join('\n').trim();
  const [, missing, file] = /'(ecs-host:policy\/[^']+)' from '([^']+)'/.exec(text) ?? [];
  return missing === undefined ? text : `${file} imports ${missing}: add \`import ${missing};\` to the world in wit/world.wit`;
}
