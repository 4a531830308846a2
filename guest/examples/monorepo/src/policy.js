// Deploys the programs of one repository that have changed since what runs: branch `main` to staging,
// branch `production` to production. The service `api` owns the database: its migrations run first, then
// it is rolled out, and then all other targets.

import { changedImages } from './changes.js';

const environments = new Map([
  ['main', { name: 'staging', timeout: 600 }],
  ['production', { name: 'production', timeout: 1800, onFailure: 'roll-back' }],
]);

// The repository of each image is REGISTRY, a slash and the name of the image. A change in one of its
// directories changes the image.
const images = [
  { name: 'api', dockerfile: 'api/Dockerfile', directories: ['api/', 'lib/'] },
  { name: 'web', dockerfile: 'web/Dockerfile', directories: ['web/', 'lib/'] },
];

// Where each image runs.
const waves = [
  [{ service: 'api', image: 'api', migrate: ['bin/migrate', 'up'] }],
  [{ service: 'worker', image: 'api' }, { service: 'web', image: 'web' }, { family: 'nightly-report', image: 'api' }],
];

const REGISTRY = 'REGISTRY';
const ECS_CLUSTER = 'ECS_CLUSTER_';

/** The interface `ecs-host:policy/policy`. A method throws an error of the policy as a string. */
export const policy = {
  describe() {
    return {
      name: 'monorepo',
      version: '2.0.0',
      description: 'Deploys the changed services of the repository: main to staging, production to production.',
      settings: [
        { name: REGISTRY, description: 'registry and path of the repositories, such as <registry>/shop', required: true },
        { name: `${ECS_CLUSTER}*`, description: 'cluster of each environment, such as ECS_CLUSTER_STAGING', required: true },
      ],
    };
  },

  select(build) {
    if (build.event === 'pull-request') {
      const subject = build.pullRequest == null ? 'A pull request' : `Pull request ${build.pullRequest.number}`;
      return skip(`${subject} into \`${build.branch}\` does not deploy.`);
    }
    if (build.event === 'tag') {
      return skip(`Tag \`${build.tag ?? build.branch}\` does not deploy.`);
    }
    if (!environments.has(build.branch)) {
      const branches = [...environments.keys()].map((branch) => `\`${branch}\``).join(' and ');
      return skip(`Branch \`${build.branch}\` does not deploy: only ${branches} deploy.`);
    }
    const missing = [REGISTRY, clusterSetting(build)].filter((name) => setting(build, name) === undefined);
    if (missing.length > 0) {
      throw `Missing settings to deploy branch \`${build.branch}\` to ${environment(build).name}: set ${missing.join(' and ')}.`;
    }
    if (changed(build).length === 0) {
      return skip(`No program has changed since what ${environment(build).name} runs.`);
    }
    return { tag: 'deploy' };
  },

  images(build) {
    return changed(build).map(({ name, dockerfile }) => ({
      name,
      repository: `${setting(build, REGISTRY).replace(/\/+$/, '')}/${name}`,
      // The images do not depend on the environment, so one tag with the commit is enough for both.
      tags: [build.commit, environment(build).name],
      // All programs share the directory `lib`, so each image uses the root of the repository as the
      // build context.
      source: {
        tag: 'build',
        val: { context: '.', dockerfile, arguments: [], platforms: [], labels: [], pull: false },
      },
      publishOnly: false,
    }));
  },

  targets(build) {
    const names = changed(build).map(({ name }) => name);
    return waves.flatMap((targets, wave) => targets.filter(({ image }) => names.includes(image)).map((target) => ({
      destination: target.family === undefined
        ? { tag: 'service', val: { cluster: setting(build, clusterSetting(build)), service: target.service } }
        : { tag: 'family', val: target.family },
      // Without `containers`, every container changes that runs an image of one of the repositories.
      wave,
      // Only a service rolls out.
      rollout: target.family === undefined
        ? { timeoutSeconds: environment(build).timeout, onFailure: environment(build).onFailure }
        : undefined,
      tasksBefore: target.migrate === undefined
        ? []
        : [{ name: 'migrate', container: target.service, command: target.migrate, environment: [], timeoutSeconds: 900 }],
      tasksAfter: [],
    })));
  },
};

/** The images of a build that have changed since what its environment runs. */
function changed(build) {
  const services = waves.flat().filter(({ service }) => service !== undefined);
  return changedImages(images, services, setting(build, clusterSetting(build)));
}

function skip(reason) {
  return { tag: 'skip', val: reason };
}

function environment(build) {
  return environments.get(build.branch);
}

function clusterSetting(build) {
  return ECS_CLUSTER + environment(build).name.toUpperCase();
}

/** The value of a setting, or undefined if it is not set. */
function setting(build, name) {
  return build.settings.find((setting) => setting.name === name)?.value;
}
