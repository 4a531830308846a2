// The exports of the component: the methods of a policy or a guard, whose answers are compared with the contract.
// An error of the contract, a string that a method throws, is returned. Any other exception and a wrong answer are
// defects: the log contains what is wrong and where, and the component ends.

import './environment.js';
import { exit } from 'wasi:cli/exit@0.2.0';

import { answers, mismatches } from './contract.js';

/** Returns what a component of a kind, `policy` or `guard`, exports: the methods of the implementation, checked. */
export function implement(kind, implementation) {
  // Ends the build.
  const missing = Object.keys(answers[kind]).filter((method) => typeof implementation[method] !== 'function');
  if (missing.length > 0) throw new TypeError(`src/${kind}.js: the ${kind} has no method ${missing.join(', ')}`);

  return Object.fromEntries(Object.entries(answers[kind]).map(([method, shape]) => [method, (...parameters) => {
    let answer;
    try {
      answer = implementation[method](...parameters);
    } catch (error) {
      // A lookup throws the error of the contract.
      const reason = error?.payload ?? error;
      if (typeof reason === 'string') throw reason;
      fail(error);
    }
    const problems = mismatches(shape, answer, `${method}()`);
    if (problems.length > 0) fail(`The ${kind} returned an answer that the contract does not permit:\n  ${problems.join('\n  ')}`);
    return answer;
  }]));
}

function fail(reason) {
  console.error(reason);
  exit({ tag: 'err' });
}
