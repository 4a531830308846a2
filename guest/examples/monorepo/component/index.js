// The exports of the component: the methods of `src/policy.js`, whose answers are compared with the contract.
// An error of the policy, a string that it throws, is returned. Any other exception and a wrong answer are
// defects: the log contains what is wrong and where, and the component ends.

import './environment.js';
import { exit } from 'wasi:cli/exit@0.2.0';

import { policy as implementation } from '../src/policy.js';
import { answers, mismatches } from './contract.js';

// Ends the build.
const missing = Object.keys(answers).filter((method) => typeof implementation[method] !== 'function');
if (missing.length > 0) throw new TypeError(`src/policy.js: the policy has no method ${missing.join(', ')}`);

export const policy = Object.fromEntries(Object.keys(answers).map((method) => [method, (...parameters) => {
  let answer;
  try {
    answer = implementation[method](...parameters);
  } catch (error) {
    // A lookup throws the error of the contract.
    const reason = error?.payload ?? error;
    if (typeof reason === 'string') throw reason;
    fail(error);
  }
  const problems = mismatches(answers[method], answer, `${method}()`);
  if (problems.length > 0) fail(`The policy returned an answer that the contract does not permit:\n  ${problems.join('\n  ')}`);
  return answer;
}]));

function fail(reason) {
  console.error(reason);
  exit({ tag: 'err' });
}
