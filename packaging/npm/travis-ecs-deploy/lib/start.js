'use strict';

// Starts ecs-host in the place of this process: the same arguments, environment, standard streams, signals and exit code.
// Node.js has two limits: it changes what is not UTF-8, and the end by a signal that it has no name for is a success to it.

const childProcess = require('child_process');
const os = require('os');
const binary = require('./binary');

// The exit code of ecs-host if something that it requires is missing. Nothing was changed.
const MISSING = 5;

// The signals that ecs-host handles. SIGKILL and SIGSTOP cannot be passed on.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Runs ecs-host with these arguments, and ends this process as it ends. `command` names this command in messages. */
function start(command, args) {
  const fail = (message) => {
    process.stderr.write(command + ': ' + message + '\n');
    process.exitCode = MISSING;
  };
  let file;
  try {
    file = binary.find();
  } catch (error) {
    fail(error.message);
    return;
  }
  let child;
  // A signal that arrives before the start is passed on after it.
  const early = [];
  const forward = (signal) => (child ? child.kill(signal) : early.push(signal));
  SIGNALS.forEach((signal) => process.on(signal, () => forward(signal)));
  try {
    child = childProcess.spawn(file, args, { stdio: 'inherit' });
  } catch (error) {
    // Such as a list of arguments that is too long.
    fail('cannot start ' + file + ': ' + error.message);
    process.exit();
  }
  child.on('error', (error) => {
    // An error of `kill` is no end of the child.
    if (child.pid !== undefined) return;
    fail(explain(file, error));
    process.exit();
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + os.constants.signals[signal] : code));
  early.forEach(forward);
}

function explain(file, error) {
  const start = 'cannot start ' + file + ': ' + error.message;
  switch (error.code) {
    case 'EACCES':
      return start + '.\nThe file must be executable, on a file system that is not mounted with\n`noexec`.';
    case 'ENOENT':
      return start + '.\nThe file or the loader that it needs is missing: remove node_modules, and\ninstall again.';
    default:
      return start + '.';
  }
}

module.exports = { start: start };
