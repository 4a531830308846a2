//! What stands at the end of each verb's help.

pub(super) const RUN: &str = "\
Examples:
  ecs-host run
      by the convention of travis-ecs-deploy, in a CI job
  ecs-host run policy.wasm --on-failure roll-back --timeout 600
      by a policy of your own; what fails or takes too long is taken back

Exit codes: 0 deployed, unchanged or skipped; 1 rolled back or failed;
5 something is missing or denied; 7 superseded; 8 timed out, still rolling out.
`ecs-host --help` lists them all.";

pub(super) const PLAN: &str = "\
Examples:
  ecs-host plan --branch master --commit \"$(git rev-parse HEAD)\"
      what a build of this commit would do, told outside of CI
  ecs-host plan policy.wasm --json
      the same by a policy of your own, as events in a CI job

It takes the flags of `run`, and those about the rollout change nothing.
Exit codes: 0 shown; 3 the policy said no; 5 `run` would be refused;
7 a newer build runs.";

pub(super) const VERIFY: &str = "\
Examples:
  ecs-host verify --branch master --commit \"$(git rev-parse HEAD)\"
      all that a run needs, told outside of CI
  ecs-host verify policy.wasm --on-failure roll-back --keep 10
      with what these flags of `run` need besides

It takes the flags of `run`. Exit codes: 0 all is there; 3 the policy said no;
5 something is missing, each told by a line FAILED.";

pub(super) const PUSH: &str = "\
Examples:
  ecs-host push policy.wasm oci://registry.example.com/team/policy:1.2
      with the login of `docker login`, or, for Amazon ECR, that of AWS

Exit codes: 0 published, or there already; 4 it is no policy; 5 the registry
can't be reached, or does not take it.";

pub(super) const LOCK: &str = "\
Examples:
  ecs-host lock oci://registry.example.com/team/policy:1.2
      what the tag stands for now is what `run`, `plan` and `verify` take here
  ecs-host lock
      the same policy as its tag is by now

Exit codes: 0 locked; 4 it is no component; 5 the registry can't be reached,
or has no such policy.";

pub(super) const CONFIG: &str = "\
Examples:
  ecs-host config
      what `ecs-host run` goes by in this folder, and which line says so
  ecs-host config --timeout 60 --json
      what it would go by with these flags, for a program

It takes the flags of `run`. What it writes is an ecs-host.toml itself.
Exit codes: 0 shown; 2 ecs-host.toml can't be gone by; 5 ecs-host.lock locks
another policy, or can't be read.";

pub(super) const STATUS: &str = "\
Examples:
  ecs-host status simple-todo-master
      every service of a cluster
  ecs-host status staging/web production/web --json
      two services, as events

Exit codes: 0 shown; 5 something of it is not there or can't be read.";

pub(super) const ROLLBACK: &str = "\
Examples:
  ecs-host rollback simple-todo-master/simple-todo
      back to what ran before; again, it changes nothing
  ecs-host rollback simple-todo-master/simple-todo --to 7
      to a certain revision, older or newer

Exit codes: 0 it went back, or is there; 1 that failed; 5 there is no way
back, or a permission is missing; 7 superseded; 8 timed out, it goes on.";

pub(super) const TEST: &str = "\
Examples:
  ecs-host test policy.wasm cases --watch
      at every change of the policy or of a case in the folder `cases`
  ecs-host test policy.wasm cases --format junit --threshold 90
      for a CI system, and with a share of its ways that has to be covered

Exit codes: 0 all cases pass; 1 one does not, or too little is covered;
2 the cases can't be read or written; 4 the policy can't be run.";

pub(super) const INSPECT: &str = "\
Examples:
  ecs-host inspect policy.wasm
      what it reads and needs, and which flag grants that
  ecs-host inspect --wit
      the contract that policies are built against

Exit codes: 0 it can be run; 4 it can't.";
