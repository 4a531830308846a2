// The shapes of the answers in `types.wit` and `guard.wit` of `wit/deps/ecs-host-policy`, with the names of JavaScript,
// and their check.

const text = (value) => (typeof value === 'string' ? [] : 'a string');
const bool = (value) => (typeof value === 'boolean' ? [] : 'true or false');
const u32 = (value) => (Number.isInteger(value) && value >= 0 && value < 2 ** 32 ? [] : 'an integer from 0 to 4294967295');

/** An absent value is `undefined` or `null`. */
const option = (shape) => (value, path) => (value == null ? [] : shape(value, path));

const list = (shape) => (value, path) => (Array.isArray(value)
  ? value.flatMap((item, index) => mismatches(shape, item, `${path}[${index}]`)) : 'a list');

const choice = (...names) => (value) => (names.includes(value) ? [] : names.map((name) => `'${name}'`).join(' or '));

const record = (fields) => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `an object with the fields ${Object.keys(fields).join(', ')}`;
  }
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name))
    .map((name) => `${path}.${name}: unknown field; the fields are ${Object.keys(fields).join(', ')}`);
  return [...unknown, ...Object.entries(fields).flatMap(([name, shape]) => mismatches(shape, value[name], `${path}.${name}`))];
};

/** A case without a value has the shape `undefined`. */
const variant = (cases) => (value, path) => {
  if (!Object.hasOwn(cases, value?.tag)) {
    return Object.entries(cases).map(([tag, shape]) => (shape ? `{ tag: '${tag}', val: … }` : `{ tag: '${tag}' }`)).join(' or ');
  }
  return cases[value.tag] ? mismatches(cases[value.tag], value.val, `${path}.val`) : [];
};

/** Every part of a value that differs from its shape, with what the shape expects. */
export function mismatches(shape, value, path) {
  const expected = shape(value, path);
  return typeof expected === 'string' ? [`${path}: expected ${expected}, got ${describe(value)}`] : expected;
}

function describe(value) {
  if (value === undefined) return 'nothing';
  if (value instanceof Promise) return 'a promise: a method cannot be async';
  if (typeof value === 'function') return 'a function';
  try {
    const written = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));
    return written.length > 100 ? `${written.slice(0, 100)}…` : written;
  } catch {
    return String(value);
  }
}

const setting = record({ name: text, value: text });
const settingDeclaration = record({ name: text, description: text, required: bool });
const dockerBuild = record({
  context: text, dockerfile: option(text), stage: option(text), arguments: list(setting), platforms: list(text),
  labels: list(setting), pull: bool,
  buildkit: option(record({
    secrets: list(record({ id: text, variable: text })),
    ssh: list(text), cacheFrom: list(text), cacheTo: list(text),
    contexts: list(record({ name: text, content: variant({ directory: text, image: text }) })),
  })),
});
const oneOffTask = record({
  name: text, container: text, command: list(text), environment: list(setting), timeoutSeconds: option(u32),
});

/** The methods of a component of each kind, and what each returns. */
export const answers = {
  policy: {
    describe: record({ name: text, version: text, description: text, settings: list(settingDeclaration) }),
    select: variant({ deploy: undefined, skip: text }),
    images: list(record({
      name: text, repository: text, tags: list(text),
      source: variant({ dockerfile: undefined, build: dockerBuild, pushed: text }),
      publishOnly: bool,
    })),
    targets: list(record({
      destination: variant({
        service: record({ cluster: text, service: text }), family: text, schedule: text, 'event-rule': text,
      }),
      region: option(text), role: option(text), wave: u32,
      containers: option(list(record({
        container: text, image: option(text), environment: list(setting),
        secrets: list(record({ name: text, valueFrom: text })), unset: list(text), command: option(list(text)),
      }))),
      taskDefinition: option(record({
        base: option(choice('running', 'latest')), cpuUnits: option(u32), memoryMib: option(u32),
      })),
      rollout: option(record({
        desiredCount: option(u32), timeoutSeconds: option(u32), bakeSeconds: option(u32),
        onFailure: option(choice('leave', 'roll-back')),
      })),
      tasksBefore: list(oneOffTask), tasksAfter: list(oneOffTask),
    })),
  },
  guard: {
    describe: record({
      name: text, version: text, description: text, settings: list(settingDeclaration), reviewsRollbacks: bool,
    }),
    review: list(record({ severity: choice('deny', 'warn'), rule: text, message: text, target: option(text) })),
  },
};
