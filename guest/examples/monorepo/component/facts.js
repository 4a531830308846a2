// The facts of unit tests. `node --import ./component/facts.js` makes Node.js resolve the interfaces of the contract,
// such as `ecs-host:policy/source@0.2.0`, which exist in the component only. Their functions call what a test provides.

import * as nodeModule from 'node:module';

const interfaces = {
  services: ['listServices', 'getService'],
  registry: ['getImage'],
  source: ['changedFiles', 'readFile'],
};

let provided = {};

/** Sets the functions that the policy's imports call, by their names, and removes those of an earlier call. */
export function provideFacts(functions) {
  const known = Object.values(interfaces).flat();
  const unknown = Object.keys(functions).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`The contract has no function ${unknown.join(', ')}: it has ${known.join(', ')}.`);
  provided = functions;
}

globalThis[Symbol.for('ecs-host.facts')] = (name, parameters) => {
  if (provided[name] === undefined) throw new Error(`The test provides no ${name}: call provideFacts({ ${name}: … }).`);
  return provided[name](...parameters);
};

/** The URL of a module with the functions of an interface; undefined for every other specifier. */
function factsModule(specifier) {
  const functions = interfaces[/^ecs-host:policy\/([a-z]+)@/.exec(specifier)?.[1]];
  return functions && `data:text/javascript,${encodeURIComponent(functions.map((name) => (
    `export const ${name} = (...parameters) => globalThis[Symbol.for('ecs-host.facts')]('${name}', parameters);\n`)).join(''))}`;
}

/** A hook of Node.js. */
export function resolve(specifier, context, next) {
  const url = factsModule(specifier);
  return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
}

// Older versions run the hooks in a thread that loads this module once more.
if (nodeModule.registerHooks) nodeModule.registerHooks({ resolve });
else if (nodeModule.register && (await import('node:worker_threads')).isMainThread) nodeModule.register(import.meta.url);
