//! Problems that follow from another one are not reported.

use super::*;

/// Two rules, environments, images and targets.
const PAIRS: &str = "\
[[rule]]
branch = \"main\"
environment = \"staging\"

[[rule]]
tag = \"v*\"
environment = \"production\"

[environments.staging]
cluster = \"staging\"

[environments.production]
cluster = \"production\"

[images.web]
repository = \"registry.example/web\"

[images.tools]
repository = \"registry.example/tools\"
publish-only = true

[[target]]
service = \"web\"
images = \"web\"

[[target]]
family = \"report\"
images = \"web\"
";

#[test]
fn one_mistake_is_one_problem() {
    File::parse(PAIRS).unwrap();
    for (from, to) in [
        ("branch = ", "brnach = "),
        ("tag = ", "tga = "),
        ("\"v*\"", "5"),
        ("environment = \"staging\"", "enviroment = \"staging\""),
        ("environment = \"staging\"", "environment = \"stagin\""),
        ("environment = \"staging\"", "environment = 5"),
        ("[environments.staging]", "[environments.stagin]"),
        ("[environments.", "[environment."),
        ("cluster = \"staging\"", "cluster = 5"),
        ("cluster = \"staging\"", "clsuter = \"staging\""),
        ("[images.", "[image."),
        ("[images.web]", "[images.wbe]"),
        ("repository = \"registry.example/web\"", "repostory = \"x\""),
        ("repository = \"registry.example/web\"", "repository = \"web\""),
        ("publish-only = ", "publsh-only = "),
        ("publish-only = true", "contexts = { a = { directry = \"x\" } }\npublish-only = true"),
        ("service = ", "servce = "),
        (
            "images = \"web\"\n\n",
            "[[target.tasks-after]]\nname = \"a\"\ncontainer = \"b\"\ncomand = [\"c\"]\n\n",
        ),
        ("family = ", "famly = "),
        ("images = \"web\"", "image = \"web\""),
        ("images = \"web\"", "images = \"wbe\""),
        ("[[target]]\nservice", "[[targets]]\nservice"),
        ("[[rule]]", "[[rules]]"),
    ] {
        assert!(PAIRS.contains(from), "{from}");
        let problems = problems(&PAIRS.replace(from, to));
        // A name that is wrong in several places is wrong in each of them.
        let mut subjects: Vec<&str> =
            problems.iter().filter_map(|it| it.split_once(": ")).map(|(_, it)| it).collect();
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), 1, "{from} -> {to}: {problems:#?}");
    }
}
