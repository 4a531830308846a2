// A repository of several programs that are deployed together. Branch `main` deploys to staging,
// branch `production` to production. Of every commit the same images are built, one for each folder
// with a Dockerfile, so what production gets after staging is not built again. The service `api` owns
// the database: its migrations run first, then it is rolled out, and only then everything else.

const environments = new Map([
  ['main', { name: 'staging', timeout: 600 }],
  ['production', { name: 'production', timeout: 1800, onFailure: 'roll-back' }],
]);

// The repository of each image is below REGISTRY, under the image's name.
const images = [
  { name: 'api', dockerfile: 'api/Dockerfile' },
  { name: 'web', dockerfile: 'web/Dockerfile' },
];

// Every container that runs an image of one of the repositories gets the new one, so it need not be
// said here that the worker runs the API's image.
const waves = [
  [{ service: 'api', migrate: ['bin/migrate', 'up'] }],
  [{ service: 'worker' }, { service: 'web' }, { family: 'nightly-report' }],
];

const REGISTRY = 'REGISTRY';
const ECS_CLUSTER = 'ECS_CLUSTER_';

/** The interface `ecs-host:policy/policy`. */
export const policy = {
  describe() {
    return {
      name: 'monorepo',
      version: '1.0.0',
      description: 'Deploys all services of the repository: main to staging, production to production.',
      settings: [
        { name: REGISTRY, description: 'where the images\' repositories are, such as <registry>/shop', required: true },
        { name: `${ECS_CLUSTER}*`, description: 'cluster of an environment: ECS_CLUSTER_STAGING', required: true },
      ],
    };
  },

  select(build) {
    if (build.event === 'pull-request') {
      return skip(`Pull request ${build.pullRequest ?? 'builds'} into \`${build.branch}\` deploys nothing.`);
    }
    if (build.event === 'tag') {
      return skip(`Tag \`${build.tag ?? build.branch}\` deploys nothing.`);
    }
    if (!environments.has(build.branch)) {
      const branches = [...environments.keys()].map((branch) => `\`${branch}\``).join(' and ');
      return skip(`Branch \`${build.branch}\` has no environment; ${branches} have one.`);
    }
    const missing = [REGISTRY, clusterSetting(build)].filter((name) => setting(build, name) === undefined);
    if (missing.length > 0) {
      throw `Branch \`${build.branch}\` deploys to ${environment(build).name}: set ${missing.join(' and ')}.`;
    }
    return { tag: 'deploy' };
  },

  images(build) {
    return images.map(({ name, dockerfile }) => ({
      name,
      repository: `${setting(build, REGISTRY).replace(/\/+$/, '')}/${name}`,
      // Nothing in the images differs between the environments, so they share the commit's tag.
      tags: [build.commit, environment(build).name],
      // All programs share the libraries at the top, so that is the context of each.
      source: { tag: 'dockerfile', val: { context: '.', dockerfile, arguments: [] } },
    }));
  },

  targets(build) {
    return waves.flatMap((targets, wave) => targets.map((target) => ({
      destination: target.family === undefined
        ? { tag: 'service', val: { cluster: setting(build, clusterSetting(build)), service: target.service } }
        : { tag: 'family', val: target.family },
      containers: [],
      tasksBefore: target.migrate === undefined
        ? []
        : [{ name: 'migrate', container: target.service, command: target.migrate, timeout: 900 }],
      tasksAfter: [],
      wave,
      timeout: environment(build).timeout,
      onFailure: environment(build).onFailure,
    })));
  },
};

function skip(reason) {
  return { tag: 'skip', val: reason };
}

function environment(build) {
  return environments.get(build.branch);
}

function clusterSetting(build) {
  return ECS_CLUSTER + environment(build).name.toUpperCase();
}

/** The value of a setting; undefined where it is not set. */
function setting(build, name) {
  return build.settings.find((setting) => setting.name === name)?.value;
}
