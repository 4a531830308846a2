'use strict';

// Where the binary of this machine is. It is in a package of its own for each platform. npm and its like install the one
// package whose `os`, `cpu` and `libc` are those of the machine.
//
// The code runs in Node.js from version 6 on: the jobs of the users of travis-ecs-deploy may have an old one.

const path = require('path');

const scope = '@travis-ecs-deploy/';
const manifest = require('../package.json');

/** The platforms that have a package, such as `linux-x64`. */
function platforms() {
  return Object.keys(manifest.optionalDependencies).map((name) => name.slice(scope.length));
}

/** The path of the binary. Throws an error with a message for the user. */
function find() {
  const platform = process.platform + '-' + process.arch;
  if (platforms().indexOf(platform) < 0) {
    throw new Error(
      'there is no package with ecs-host for ' + platform + '.\nThe packages are for ' + platforms().join(' and ') +
      '. Run this in a job of such a\n' +
      'platform, use the container image, or build ecs-host from source:\n' +
      manifest.homepage
    );
  }
  const name = scope + platform;
  let folder;
  try {
    folder = path.dirname(require.resolve(name + '/package.json'));
  } catch (error) {
    throw new Error(
      'the package ' + name + ' is not installed.\n' +
      'It contains ecs-host for this machine. It is an optional dependency, and missing\n' +
      '- if the install left out optional dependencies: remove --omit=optional,\n' +
      '  --no-optional, --ignore-optional, or `omit=optional` and `optional=false` in\n' +
      '  .npmrc;\n' +
      '- if node_modules or the lockfile is from another system: remove both, and\n' +
      '  install again.\n' +
      '`npm install --no-save ' + name + '@' + manifest.version + '` adds it to this checkout.'
    );
  }
  // One of another install, such as in a folder above.
  const version = require(name + '/package.json').version;
  if (version !== manifest.version) {
    throw new Error(
      'the package ' + name + ' in\n' + folder + ' has version ' + version + ',\nand this is ' + manifest.version +
      ': remove node_modules and install again.'
    );
  }
  return path.join(folder, 'bin', 'ecs-host');
}

module.exports = { find: find };
