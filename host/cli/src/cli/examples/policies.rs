//! Those of the verbs about policies and guards.

pub(in crate::cli) const TEST: &str = "\
Examples:
  ecs-host test --build --watch
      Build and test the policy of ecs-host.toml, again after every change
  ecs-host test policy.wasm cases --build \"npm run build\"
      Build a policy, and run the cases in the folder `cases`
  ecs-host test policy.wasm cases --format junit --require-outcomes
      Test in CI, and fail if no case reaches an outcome of the policy

Exit codes:
    0  all cases pass
    1  a case fails, or no case reaches a required outcome
    2  the cases cannot be read or written, or `--build` has no command
    4  the policy cannot be built or run";

pub(in crate::cli) const INSPECT: &str = "\
Examples:
  ecs-host inspect policy.wasm
      Show the settings that a policy reads and the flags that grant its imports
  ecs-host inspect --wit
      Print the contract that policies are built against

Exit codes:
    0  the policy can be run
    4  the policy cannot be run";

pub(in crate::cli) const PUSH: &str = "\
Examples:
  ecs-host push policy.wasm oci://registry.example.com/team/policy:1.2
      Publish with the login of `docker login` or, in Amazon ECR, of AWS

Exit codes:
    0  published, or published before
    4  not a policy
    5  the registry cannot be reached, or rejects the policy";

pub(in crate::cli) const LOCK: &str = "\
Examples:
  ecs-host lock oci://registry.example.com/team/policy:1.2
      Pin what the tag names now, for `run`, `plan` and `verify` in this folder
  ecs-host lock
      Pin what the tag of the same policy names by now

Exit codes:
    0  locked
    4  not a component
    5  the registry cannot be reached, or does not contain the policy";

pub(in crate::cli) const NEW: &str = "\
Examples:
  ecs-host new blue-green --lang rust
      Create the folder `blue-green` with a policy in Rust
  ecs-host new no-fridays --guard --lang python
      Create the folder `no-fridays` with a guard in Python
  ecs-host new web-rules --rules
      Create the folder `web-rules` with deploy-rules.toml and its cases
  ecs-host new . --rules
      Create them in this folder, beside its files; overwrite none

Exit codes:
    0  created
    2  the folder is not empty, or a file exists or cannot be written";
