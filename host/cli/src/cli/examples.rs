//! The end of each verb's help: examples and exit codes.

mod policies;

pub(super) use policies::{INSPECT, LOCK, NEW, PUSH, TEST};

pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  deployed, unchanged or skipped; for other verbs: success
    1  rolled back or failed in ECS; for `test`: a case fails
    2  invalid command line, ecs-host.toml or build
    3  rejected by the policy or a guard
    4  the policy or a guard failed: a trap, a limit, or another world
    5  configuration, credentials, permission or missing resource
    6  docker build or push failed
    7  superseded, older than what runs, or a saved plan that has moved
    8  not known in time; the rollout may still be in progress
    9  paused: the rollout waits for a person
  130  interrupted by SIGINT; 143 by SIGTERM";

pub(super) const RUN: &str = "\
Examples:
  ecs-host run
      Deploy in a CI job, by the convention of travis-ecs-deploy
  ecs-host run policy.wasm --on-failure roll-back --timeout 600
      Deploy by your own policy; roll back what fails or exceeds ten minutes
  ecs-host run rules
      Deploy by the rules in deploy-rules.toml of the commit
  ecs-host run --notify \"$SLACK_WEBHOOK\"
      Post the verdicts to a channel of Slack

Exit codes:
    0  deployed, unchanged or skipped
    1  rolled back or failed in ECS
    5  configuration, credentials, permission or missing resource
    7  superseded, or older than what runs
    8  not known in time; the rollout may still be in progress
    9  paused: the rollout waits for a person
  `ecs-host --help` lists all of them.";

pub(super) const PLAN: &str = "\
Examples:
  ecs-host plan --branch master --commit \"$(git rev-parse HEAD)\"
      Show what a build of this commit would do, outside of CI
  ecs-host plan policy.wasm --json
      Show the same for your own policy in a CI job, as events
  ecs-host plan --format markdown > plan.md
      Write it for a comment of a pull request
  ecs-host plan --out plan.json --on-failure roll-back
      Save it for `ecs-host apply`, with the flags of the rollout

`plan` accepts all flags of `run`. Those that are not listed here, such as
--on-failure, count only if the plan is saved by --out.

Exit codes:
    0  printed
    3  rejected by the policy
    5  configuration, credentials, permission or missing resource
    7  older than what runs";

pub(super) const APPLY: &str = "\
Examples:
  ecs-host apply plan.json --plan-digest \"$DIGEST\"
      Deploy what `ecs-host plan --out plan.json` saved, after its review, if
      nothing that it rests on has moved
  ecs-host apply plan.json --dry-run
      Show what has moved, or the plan, and change nothing

The plan contains the flags of the rollout, such as --on-failure and --timeout.
An image that it builds is built from the working tree, which must be at the
commit of the plan. Applied twice, it changes nothing the second time.

Exit codes:
    0  deployed, or applied before
    1  rolled back or failed in ECS
    2  not a saved plan
    3  rejected by a guard
    5  another digest, another working tree, credentials or permission
    7  something that the plan rests on has moved: a line for each
    8  not known in time; the rollout may still be in progress
    9  paused: the rollout waits for a person
  `ecs-host --help` lists all of them.";

pub(super) const SHOW: &str = "\
Examples:
  ecs-host show plan.json
      Show what `ecs-host apply plan.json` would do
  ecs-host show plan.json --format markdown > plan.md
      Write it for a comment of a pull request

Exit codes:
    0  printed
    2  not a saved plan
    5  another one than --plan-digest names";

pub(super) const DECIDE: &str = "\
Examples:
  ecs-host decide policy.wasm --branch master --commit \"$(git rev-parse HEAD)\"
      Show what your policy returns for a build of this commit
  ecs-host decide --json
      Show the same for the built-in policy in a CI job, as events

`decide` accepts all flags of `run`. It calls neither AWS nor docker, and needs
no Dockerfile: what the policy looks up in ECS and ECR is an error that it
receives.

Exit codes:
    0  printed
    3  rejected by the policy
    4  the policy failed: a trap, a limit, or another world";

pub(super) const VERIFY: &str = "\
Examples:
  ecs-host verify --branch master --commit \"$(git rev-parse HEAD)\"
      Check everything that a run requires, outside of CI
  ecs-host verify policy.wasm --on-failure roll-back --keep 10
      Also check what these flags of `run` require

`verify` accepts all flags of `run`.

Exit codes:
    0  nothing is missing
    3  rejected by the policy
    4  the policy or a guard failed: a trap, a limit, or another world
    5  something is missing: a line `FAILED` for each";

pub(super) const CONFIG: &str = "\
Examples:
  ecs-host config
      Show the settings of `ecs-host run` in this folder, with file and line
  ecs-host config --timeout 60 --json
      Show the settings with this flag, as JSON

`config` accepts all flags of `run`. Its output is a valid ecs-host.toml.

Exit codes:
    0  printed
    2  invalid command line or ecs-host.toml
    5  ecs-host.lock locks another policy, or cannot be read";

pub(super) const STATUS: &str = "\
Examples:
  ecs-host status simple-todo-master
      Show every service of a cluster
  ecs-host status staging/web production/web --json
      Show two services, as events
  ecs-host status --all
      Show a line for each service of the region: what runs, its rollout, and
      what somebody else has changed
  ecs-host status --all --cluster production --watch
      Show those of one cluster until Ctrl-C; in a pipe, what changes

Exit codes:
    0  printed
    5  a cluster or service is missing or cannot be read
  130  ended by Ctrl-C, with --watch";

pub(super) const ROLLBACK: &str = "\
Examples:
  ecs-host rollback simple-todo-master/simple-todo
      Roll back to the revision before; the second time, change nothing
  ecs-host rollback simple-todo-master/simple-todo --to 7
      Roll back to revision 7, older or newer

Exit codes:
    0  rolled back, or rolled back before
    1  failed in ECS
    3  denied by a guard
    5  no revision to roll back to, or a missing permission
    7  superseded
    8  not known in time; the rollback may still be in progress
    9  paused: the rollback waits for a person";

pub(super) const CONTINUE: &str = "\
Examples:
  ecs-host continue simple-todo-master/simple-todo
      Continue the rollout and watch it to its end
  ecs-host continue simple-todo-master/simple-todo --roll-back
      Roll it back
  ecs-host continue simple-todo-master/simple-todo --commit \"$TRAVIS_COMMIT\"
      Continue it only if it is of this commit

`continue` runs no one-off tasks. Those after the rollout run when the same
build is run again.

Exit codes:
    0  deployed, or rolled back as requested; or nothing to do, because the
       latest rollout has ended so
    1  rolled back or failed in ECS
    5  no rollout is in progress, another request ended the pause in the other
       way, or a missing permission
    7  superseded, or of another commit than --commit
    8  not known in time; the rollout may still be in progress
    9  paused once more: the rollout waits for a person";

pub(super) const IAM: &str = "\
Examples:
  ecs-host iam --branch master --commit \"$(git rev-parse HEAD)\" > policy.json
      Write the policy of a run of this commit; the reasons are on stderr
  ecs-host iam policy.wasm --on-failure roll-back --keep 10
      Also allow what these flags of `run` require
  ecs-host iam --verb plan --verb verify
      Print what jobs require that only plan and check
  ecs-host iam \\
      --for 'arn:aws:ecs:eu-central-1:123456789012:service/shop-*/web' \\
      --for arn:aws:ecr:eu-central-1:123456789012:repository/web \\
      --for 'arn:aws:iam::123456789012:role/web-*'
      Print the policy of these resources, without a call to AWS
  ecs-host iam --oidc github --oidc-role arn:aws:iam::123456789012:role/ci \\
      --repository acme/todo --oidc-organization 123456 --oidc-project 456789 \\
      --branch master --oidc-branch production > trust.json
      Write who may assume the role of a run's --oidc-role

`iam` accepts all flags of `run`, and reads what `plan` reads. Stdout is a
document for `aws iam create-policy --policy-document file://policy.json`, and
one more for each role that targets assume.

Exit codes:
    0  printed
    2  the ARNs and verbs require nothing, no target assumes --principal, or a
       flag of --oidc is missing or restricts no job
    3  rejected by the policy
    5  the build is skipped, a resource does not exist, or AWS cannot be read";

pub(super) const COMPLETIONS: &str = "\
Examples:
  ecs-host completions bash > /etc/bash_completion.d/ecs-host
      Complete verbs and flags in every new bash
  ecs-host completions zsh > ~/.zfunc/_ecs-host
      Complete them in zsh, if `fpath` contains ~/.zfunc
  ecs-host completions fish > ~/.config/fish/completions/ecs-host.fish
      Complete them in fish

Exit codes:
    0  printed
    5  stdout cannot be written to";

pub(super) const MAN: &str = "\
Examples:
  ecs-host man run | man -l -
      Show the page of a verb
  ecs-host man --out ~/.local/share/man/man1
      Install all pages, for `man ecs-host` and `man ecs-host-run`

Exit codes:
    0  printed or written
    2  there is no such verb, or the folder cannot be written
    5  stdout cannot be written to";
