//! Reading a target.

use alloc::{format, string::String, vec::Vec};

use ecs_host_policy::{BaseRevision, FailureAction};

use super::rule::{Patterns, Subject, read_patterns};
use super::table::Table;
use crate::grammar::{
    CLUSTER, EVENT_RULE, Grammar, NAME, REGION, ROLE, SCHEDULE, SECRET_ARN, SERVICE, TITLE, VARIABLE,
};
use crate::problem::{Located, Problems, quoted};
use crate::template::Template;

/// One or several destinations, and what changes there.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) at: usize,
    pub(crate) kind: Kind,
    pub(crate) names: Vec<Located<Template>>,
    pub(crate) cluster: Option<Located<Template>>,
    pub(crate) region: Option<Located<Template>>,
    pub(crate) role: Option<Located<Template>>,
    pub(crate) environments: Option<Patterns>,
    pub(crate) changed: Option<Patterns>,
    pub(crate) wave: u32,
    pub(crate) images: Option<Vec<Located<String>>>,
    pub(crate) containers: Option<Vec<Container>>,
    pub(crate) base: Option<BaseRevision>,
    pub(crate) cpu_units: Option<u32>,
    pub(crate) memory_mib: Option<u32>,
    pub(crate) desired_count: Option<u32>,
    pub(crate) timeout_seconds: Option<u32>,
    pub(crate) bake_seconds: Option<u32>,
    pub(crate) on_failure: Option<FailureAction>,
    pub(crate) tasks_before: Vec<Task>,
    pub(crate) tasks_after: Vec<Task>,
}

/// The kind of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Service,
    Family,
    Schedule,
    EventRule,
}

impl Kind {
    /// What names a destination of this kind.
    pub(crate) fn grammar(self) -> &'static Grammar {
        match self {
            Self::Service => &SERVICE,
            Self::Family => &NAME,
            Self::Schedule => &SCHEDULE,
            Self::EventRule => &EVENT_RULE,
        }
    }
}

/// The keys that name a destination.
const KINDS: [(&str, Kind); 4] = [
    ("service", Kind::Service),
    ("family", Kind::Family),
    ("schedule", Kind::Schedule),
    ("event-rule", Kind::EventRule),
];

/// Changes to a container.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: Option<Located<String>>,
    pub(crate) environment: Vec<(String, Located<Template>)>,
    pub(crate) secrets: Vec<(String, Located<Template>)>,
    pub(crate) unset: Vec<String>,
    pub(crate) command: Option<Vec<String>>,
}

/// A one-off task.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) container: String,
    pub(crate) command: Vec<String>,
    pub(crate) environment: Vec<(String, Located<Template>)>,
    pub(crate) timeout_seconds: Option<u32>,
}

/// The keys of a target.
pub(crate) const KEYS: [&str; 21] = [
    "service",
    "family",
    "schedule",
    "event-rule",
    "cluster",
    "region",
    "role",
    "environments",
    "changed",
    "wave",
    "images",
    "containers",
    "base",
    "cpu-units",
    "memory-mib",
    "desired-count",
    "timeout-seconds",
    "bake-seconds",
    "on-failure",
    "tasks-before",
    "tasks-after",
];

/// The keys that only a service has.
const SERVICE_KEYS: [&str; 7] = [
    "cluster",
    "desired-count",
    "timeout-seconds",
    "bake-seconds",
    "on-failure",
    "tasks-before",
    "tasks-after",
];

/// The keys of a container.
pub(crate) const CONTAINER_KEYS: [&str; 5] = ["image", "environment", "secrets", "unset", "command"];

/// The keys of a one-off task.
pub(crate) const TASK_KEYS: [&str; 5] = ["name", "container", "command", "environment", "timeout-seconds"];

const COMMAND: &str = "a list of texts: the command and its arguments";

/// Reads a target. It is `None` without a destination.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Target> {
    let is_known = table.check_keys(&KEYS, problems);
    let named = KINDS.into_iter().filter(|(key, _)| table.position(key).is_some());
    let named: Vec<(&str, Kind)> = named.collect();
    if named.len() > 1 || (named.is_empty() && is_known) {
        let only = if named.is_empty() { "" } else { "only " };
        problems.add(
            table.at,
            format!("[[target]] needs {only}one of `service`, `family`, `schedule` and `event-rule`"),
        );
    }
    let (key, kind) = named.first().copied().unwrap_or(("", Kind::Service));
    if kind != Kind::Service {
        for (service_key, at) in SERVICE_KEYS.iter().filter_map(|key| Some((key, table.position(key)?))) {
            problems.add(
                at,
                format!("`{service_key}` is for a service, and this target is a {}", key.replace('-', " ")),
            );
        }
    }
    let base =
        table.word("base", &[("running", BaseRevision::Running), ("latest", BaseRevision::Latest)], problems);
    if let (Kind::Family, Some(BaseRevision::Running), Some(at)) = (kind, base, table.position("base")) {
        problems.add(at, "a family runs nothing, so its base is `latest` without this key; remove it");
    }
    let names = kind.grammar().templates(table, key, problems);
    let containers = read_containers(table, problems);
    let images = table.texts("images", problems);
    if let (Some(_), Some(at)) = (&containers, table.position("images")) {
        problems.add(at, "`images` chooses the images of a target without `containers`; remove one of them");
    }
    let tasks_before = read_tasks(table, "tasks-before", &[], problems);
    let tasks_after = read_tasks(table, "tasks-after", &tasks_before, problems);
    let target = Target {
        at: table.at,
        kind,
        names,
        cluster: CLUSTER.template(table, "cluster", problems),
        region: REGION.template(table, "region", problems),
        role: ROLE.template(table, "role", problems),
        environments: read_patterns(table, "environments", Subject::Ref, problems),
        changed: read_patterns(table, "changed", Subject::Path, problems),
        wave: table.integer("wave", 0, problems).unwrap_or_default(),
        images,
        containers,
        base,
        cpu_units: table.integer("cpu-units", 1, problems),
        memory_mib: table.integer("memory-mib", 1, problems),
        desired_count: table.integer("desired-count", 0, problems),
        timeout_seconds: table.integer("timeout-seconds", 1, problems),
        bake_seconds: table.integer("bake-seconds", 1, problems),
        on_failure: table.word(
            "on-failure",
            &[("leave", FailureAction::Leave), ("roll-back", FailureAction::RollBack)],
            problems,
        ),
        tasks_before,
        tasks_after,
    };
    (named.len() == 1).then_some(target)
}

fn read_containers(table: &Table<'_>, problems: &mut Problems) -> Option<Vec<Container>> {
    table.position("containers")?;
    let mut containers = Vec::new();
    NAME.names(table, "containers", problems);
    for (name, table) in table.named_tables("containers", problems) {
        let count = problems.count();
        table.check_keys(&CONTAINER_KEYS, problems);
        VARIABLE.names(&table, "environment", problems);
        VARIABLE.names(&table, "secrets", problems);
        let container = Container {
            name,
            image: table.text("image", problems),
            environment: table.template_pairs("environment", problems),
            secrets: read_secrets(&table, problems),
            unset: VARIABLE.texts(&table, "unset", problems),
            command: read_command(&table, problems),
        };
        check_variables(&container, &table, problems);
        // A change with a mistake is one, too.
        if !container.has_change() && count == problems.count() {
            problems.add(table.at, format!("{} changes nothing; remove it", table.name));
        }
        containers.push(container);
    }
    Some(containers)
}

impl Container {
    fn has_change(&self) -> bool {
        let variables = [self.environment.len(), self.secrets.len(), self.unset.len()];
        self.image.is_some() || self.command.is_some() || variables != [0; 3]
    }
}

fn read_secrets(table: &Table<'_>, problems: &mut Problems) -> Vec<(String, Located<Template>)> {
    let secrets = table.template_pairs("secrets", problems);
    for (_, secret) in &secrets {
        SECRET_ARN.literal(table, "secrets", secret, problems);
    }
    secrets
}

/// A variable is set, read from a secret or removed, and only one of these.
fn check_variables(container: &Container, table: &Table<'_>, problems: &mut Problems) {
    let set = container.environment.iter().chain(&container.secrets).map(|(name, _)| name);
    let mut names: Vec<&String> = set.chain(&container.unset).collect();
    names.sort_unstable();
    let twice = names.windows(2).find_map(|pair| pair.first().filter(|name| pair.last() == Some(name)));
    if let Some(name) = twice {
        let name = quoted(name);
        let problem = format!("{name} is twice in `environment`, `secrets` and `unset` of {}", table.name);
        problems.add(table.at, problem);
    }
}

fn read_command(table: &Table<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    let command = table.list("command", COMMAND, problems)?;
    Some(command.into_iter().map(|argument| argument.value).collect())
}

/// Reads the tasks of a target at a key. `others` are those at another one.
fn read_tasks(table: &Table<'_>, key: &str, others: &[Task], problems: &mut Problems) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for table in table.tables(key, problems) {
        if table.check_keys(&TASK_KEYS, problems) {
            for key in ["name", "container", "command"] {
                table.require(key, problems);
            }
        }
        let name = TITLE.text(&table, "name", problems);
        let container = NAME.text(&table, "container", problems);
        let command = read_command(&table, problems);
        VARIABLE.names(&table, "environment", problems);
        let environment = table.template_pairs("environment", problems);
        let timeout_seconds = table.integer("timeout-seconds", 1, problems);
        let (Some(name), Some(container), Some(command)) = (name, container, command) else { continue };
        if tasks.iter().chain(others).any(|other| other.name == name.value) {
            let name_of_both = quoted(&name.value);
            problems.add(
                name.at,
                format!("another task of this target has the name {name_of_both} too; rename one"),
            );
        }
        let name = name.value;
        tasks.push(Task { name, container: container.value, command, environment, timeout_seconds });
    }
    tasks
}
