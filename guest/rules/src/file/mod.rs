//! The file: parsed, and checked as far as it is right for every build.

mod check;
pub(crate) use check::kinds;
pub(crate) mod image;
mod names;
pub(crate) mod rule;
mod syntax;
pub(crate) mod table;
pub(crate) mod target;
mod value;

use alloc::{format, string::String, vec::Vec};

use toml::de::DeTable;

use crate::grammar::{CLUSTER, REGION, ROLE};
use crate::problem::{FILE, Located, Problems};
use crate::template::Template;
use image::Image;
use rule::Rule;
use table::Table;
use target::Target;

/// The content of the file.
#[derive(Debug)]
pub(crate) struct File {
    /// Whether every job of a build matrix deploys, and not the first alone.
    pub(crate) has_all_jobs: bool,
    pub(crate) rules: Vec<Rule>,
    pub(crate) environments: Vec<Environment>,
    pub(crate) images: Vec<Image>,
    pub(crate) targets: Vec<Target>,
}

/// What the targets of an environment have in common.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) at: usize,
    pub(crate) cluster: Option<Located<Template>>,
    pub(crate) region: Option<Located<Template>>,
    pub(crate) role: Option<Located<Template>>,
}

/// The keys of the file.
pub(crate) const KEYS: [&str; 5] = ["jobs", "rule", "environments", "images", "target"];

/// The keys of an environment.
pub(crate) const ENVIRONMENT_KEYS: [&str; 3] = ["cluster", "region", "role"];

/// The largest file. Nobody reads a larger one.
const MAX_BYTES: usize = 64 << 10;

impl File {
    /// Parses and checks a file.
    ///
    /// # Errors
    /// Every problem, each with its position.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!(
                "{FILE} has {} bytes, and at most {MAX_BYTES} are read: remove what no rule needs",
                text.len()
            ));
        }
        let mut problems = Problems::default();
        let (document, errors) = DeTable::parse_recoverable(text);
        syntax::report(text, &errors, &mut problems);
        // What remains of a damaged file would cause problems that are none.
        if !problems.is_empty() {
            return Err(problems.report(text));
        }
        let (file, damage) = read(&Table::root(document.get_ref()), &mut problems);
        check::check(&file, &damage, &mut problems);
        if problems.is_empty() { Ok(file) } else { Err(problems.report(text)) }
    }
}

/// Where a mistake was found so far. Another problem of these tables may follow from it, and is not reported.
#[derive(Debug)]
struct Damage {
    /// A key of the file is unknown: what it contains is missing elsewhere.
    keys: bool,
    environments: bool,
    rules: bool,
    images: bool,
    targets: bool,
}

fn read(table: &Table<'_>, problems: &mut Problems) -> (File, Damage) {
    let mut count = problems.count();
    let mut has_grown = |problems: &Problems| {
        let before = core::mem::replace(&mut count, problems.count());
        before < problems.count()
    };
    table.check_keys(&KEYS, problems);
    let keys = has_grown(problems);
    let has_all_jobs = table.word("jobs", &[("first", false), ("all", true)], problems).unwrap_or_default();
    has_grown(problems);
    let environments = table.named_tables("environments", problems);
    let environments = environments.into_iter().map(|(name, table)| environment(name, &table, problems));
    let environments: Vec<Environment> = environments.collect();
    let has_damaged_environments = has_grown(problems);
    let rules = table.tables("rule", problems);
    let rules: Vec<Rule> = rules.iter().filter_map(|table| rule::read(table, problems)).collect();
    let has_damaged_rules = has_grown(problems);
    let images = table.named_tables("images", problems);
    let images = images.into_iter().filter_map(|(key, table)| image::read(key, &table, problems)).collect();
    let has_damaged_images = has_grown(problems);
    let targets = table.tables("target", problems);
    let targets = targets.iter().filter_map(|table| target::read(table, problems)).collect();
    let damage = Damage {
        keys,
        environments: has_damaged_environments,
        rules: has_damaged_rules,
        images: has_damaged_images,
        targets: has_grown(problems),
    };
    if table.position("rule").is_none() && !keys {
        problems.add(0, "the file has no [[rule]], so no build deploys");
    }
    (File { has_all_jobs, rules, environments, images, targets }, damage)
}

fn environment(name: String, table: &Table<'_>, problems: &mut Problems) -> Environment {
    table.check_keys(&ENVIRONMENT_KEYS, problems);
    let cluster = CLUSTER.template(table, "cluster", problems);
    let region = REGION.template(table, "region", problems);
    let role = ROLE.template(table, "role", problems);
    Environment { name, at: table.at, cluster, region, role }
}

#[cfg(test)]
mod tests;
