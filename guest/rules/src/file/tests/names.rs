//! Texts that the host would reject, with their lines.

use super::*;

#[test]
fn a_text_that_the_contract_forbids_is_reported_with_its_position() {
    let rule = "[[rule]]\nenvironment = 'a'\n[environments.a]\ncluster = 'c'\n";
    let image = "[images.web]\nrepository = 'registry.example/web'\n";
    let target = "[[target]]\nservice = 'web'\n";
    let environment = |line: &str| [rule, line, "\n", image, target].concat();
    let image_with = |line: &str| [rule, image, line, "\n", target].concat();
    let target_with = |line: &str| [rule, image, target, line, "\n"].concat();
    for valid in [
        environment("region = 'eusc-de-east-1'\nrole = 'arn:aws-cn:iam::123456789012:role/ci/deploy@x'"),
        image_with("context = './web'\ndockerfile = 'a/b'\nssh = 'default'\ntags = ['_a.b-C', '{branch}.x']"),
        target_with(
            "cluster = 'arn:aws:ecs:eu-west-1:123456789012:cluster/c'\nregion = '{settings.DEPLOY_R}'",
        ),
        image_with(&format!("pushed = 'sha256:{}'", "0a".repeat(32))),
        image_with("cache-from = ['r.example/c:t', 'type=gha,scope=x', 'type=registry,ref=r.example/c:t']"),
        image_with("cache-to = ['type=inline', 'type=registry,ref=r.example:5000/c:t,mode=max']"),
        image_with(&format!("contexts = {{ b = {{ image = 'r.example/b@sha256:{}' }} }}", "0a".repeat(32))),
        target_with("").replace("'web'", "'arn:aws:ecs:eu-west-1:1:service/web'"),
        target_with("")
            .replace("service = 'web'", "schedule = 'arn:aws:scheduler:eu-west-1:1:schedule/jobs/x'"),
        target_with("").replace("service = 'web'", "event-rule = ['x', 'aws.partner/example.com/1/orders']"),
        target_with("").replace("service = 'web'", "event-rule = 'arn:aws:events:eu-west-1:1:rule/x'"),
        target_with(
            "[target.containers.x]\nimage = 'web'\n[target.containers.x.secrets]\nA = 'arn:aws:ssm:eu-west-1:1:parameter/a/b'\n\
             B = 'arn:aws:secretsmanager:eu-west-1:1:secret:a/b-x:KEY::'",
        ),
    ] {
        File::parse(&valid).unwrap();
    }
    let mut missing = Vec::new();
    for (text, expected) in [
        (environment("region = 'Ireland'"), "5:10: `region` of [environments.a]: expected a region such as"),
        (environment("region = 'eu-central'"), "5:10: `region` of [environments.a]: expected a region"),
        (
            environment("role = 'deploy'"),
            "5:8: `role` of [environments.a]: expected the ARN of a role, such as",
        ),
        (environment("role = 'arn:aws:iam::1:role/x'"), "5:8: `role` of [environments.a]: expected the ARN"),
        (target_with("region = 'Ireland'"), "9:10: `region` of [[target]]: expected a region such as"),
        (
            target_with("role = 'arn:aws:iam::123456789012:user/x'"),
            "9:8: `role` of [[target]]: expected the ARN",
        ),
        (target_with("cluster = 'a b'"), "9:11: `cluster` of [[target]]: expected a name of 1 to 255"),
        (
            image_with("context = '../worker'"),
            "7:11: `context` of [images.web]: expected a path in the working folder, relative to it and without `..`; \
             found `../worker`",
        ),
        (image_with("dockerfile = '/etc/x'"), "7:14: `dockerfile` of [images.web]: expected a path"),
        (
            image_with("contexts = { p = { directory = 'a/../..' } }"),
            ": `directory` of [images.web.contexts.p]: ",
        ),
        (image_with("stage = '-x'"), "7:9: `stage` of [images.web]: expected letters, digits"),
        (
            image_with("platforms = ['linux/amd64', 'x y']"),
            "7:29: `platforms` of [images.web]: expected letters",
        ),
        (image_with("ssh = 'other'"), "7:7: `ssh` of [images.web]: expected `default`"),
        (
            image_with("arguments = { a-b = 'x' }"),
            "7:15: `arguments` of [images.web]: expected the name of a",
        ),
        (
            image_with("tags = ['a', 'b/c']"),
            "7:14: `tags` of [images.web]: expected 1 to 128 letters, digits",
        ),
        (
            image_with("tags = '{branch}/x'"),
            "7:8: `tags` of [images.web]: expected letters, digits, _ . or -; found `/x`",
        ),
        (image_with("pushed = 'sha256:1'"), "7:10: `pushed` of [images.web]: expected a tag, or a digest"),
        (
            target_with("[target.containers.x]\nunset = '1A'"),
            "10:9: `unset` of [target.containers.x]: expected the",
        ),
        (target_with("[target.containers.x]\nenvironment = { 'A B' = 'x' }"), "10:17: `environment` of"),
        (target_with("").replace("'web'", "'w/b'"), "8:11: `service` of [[target]]: expected a name of 1"),
        (
            target_with("").replace("service = 'web'", "family = 'arn:x'"),
            "8:10: `family` of [[target]]: expected a",
        ),
        (
            image_with("").replace("/web'", "/web-'"),
            ": use lower-case letters, digits and . _ - /, and begin",
        ),
        (image_with("").replace("/web'", "//web'"), ": use lower-case letters"),
        (image_with("").replace("registry.example", "-a.b"), ": begin with the host of the registry"),
        (image_with("secrets = { 'a b' = 'X' }"), "7:13: `secrets` of [images.web]: expected an identifier"),
        (
            image_with("contexts = { A = { directory = 'a' } }"),
            "7:14: `contexts` of [images.web]: expected a name",
        ),
        (
            target_with("base = 'running'").replace("service = 'web'", "family = 'x'"),
            "9:1: a family runs nothing, so its base is `latest`",
        ),
        (
            target_with("[target.containers.x]\nunset = 'A'\nenvironment = { A = 'x' }"),
            "9:20: `A` is twice in `environment`, `secrets` and `unset` of [target.containers.x]",
        ),
        (
            target_with(&"[[target.tasks-after]]\nname = 'x'\ncontainer = 'y'\ncommand = ['z']\n".repeat(2)),
            "14:8: another task of this target has the name `x` too; rename one",
        ),
        (
            target_with(
                "[[target.tasks-before]]\nname = 'x'\ncontainer = 'y'\ncommand = ['z']\n\
                 [[target.tasks-after]]\nname = 'x'\ncontainer = 'y'\ncommand = ['z']",
            ),
            "14:8: another task of this target has the name `x` too; rename one",
        ),
        (
            target_with(
                "[[target.tasks-after]]\nname = \"a\\nb\"\ncontainer = 'y z'\ncommand = [\"\\u0000\"]",
            ),
            "10:8: `name` of [[target.tasks-after]]: expected a name of 1 to 128 visible characters",
        ),
        (
            target_with("[[target.tasks-after]]\nname = 'x'\ncontainer = 'y z'\ncommand = ['z']"),
            "11:13: `container` of [[target.tasks-after]]: expected a name of 1 to 255",
        ),
        (
            target_with("[[target.tasks-after]]\nname = 'x'\ncontainer = 'y'\ncommand = [\"\\u0000\"]"),
            "12:11: `command` of [[target.tasks-after]]: expected a list of texts: the command and its arguments; \
             found a text with a NUL character in a list",
        ),
        (
            target_with("[target.containers.'a b']\nunset = 'A'"),
            "9:20: `containers` of [[target]]: expected a name of 1 to 255",
        ),
        (
            target_with("[target.containers.a.environment]"),
            "9:20: [target.containers.a] changes nothing; remove it",
        ),
        (
            target_with("[target.containers.a]\nsecrets = { A = 'db' }"),
            "10:17: `secrets` of [target.containers.a]: expected the ARN of a secret in Secrets Manager",
        ),
        (
            target_with("cluster = 'arn:aws:ecs:eu-west-1:1:service/c/x'"),
            "9:11: `cluster` of [[target]]: expected a name of 1 to 255 letters, digits, _ and -, or the ARN of a",
        ),
        (
            target_with("").replace("service = 'web'", "schedule = 'a/b/c'"),
            "8:12: `schedule` of [[target]]: expected NAME, GROUP/NAME, or the ARN of a schedule; found `a/b/c`",
        ),
        (
            image_with("platforms = ['linux/amd64', 'linux/amd64']"),
            "7:29: `platforms` of [images.web] contains `linux/amd64` twice; remove one",
        ),
        (
            image_with("labels = { 'a=b' = 'x' }"),
            "7:12: `labels` of [images.web]: expected 1 to 255 visible characters without =; found `a=b`",
        ),
        (
            image_with("secrets = { npm = 'NPM TOKEN' }"),
            "7:19: `secrets` of [images.web]: expected the name of a variable",
        ),
        (
            image_with("cache-to = 'type=local,dest=/etc'"),
            "7:12: `cache-to` of [images.web]: expected REPOSITORY:TAG, or type=registry,ref=REPOSITORY:TAG, type=gha",
        ),
        (
            image_with("contexts = { base = { image = 'alpine' } }"),
            "7:31: `image` of [images.web.contexts.base]: expected REPOSITORY:TAG or REPOSITORY@sha256:DIGEST",
        ),
        (
            image_with("pushed = 'a/{branch}'"),
            "7:10: `pushed` of [images.web]: expected letters, digits, _ . or -; found `a/`",
        ),
        (
            image_with("name = '##vso[x]'"),
            "7:8: `name` of [images.web]: expected a name of 1 to 128 visible characters, without `##`",
        ),
        (
            image_with("").replace("images.web", "images.'::x'"),
            "5:9: `name` of [images.::x]: expected a name of 1 to 128 visible characters",
        ),
        (
            image_with("arguments = { A = \"a\\u0000\" }"),
            "7:19: `A` of `arguments`: expected a text in quotation marks; found a text with a NUL character",
        ),
        (
            image_with("name = '\u{200b}'"),
            "7:8: `name` of [images.web]: expected a name of 1 to 128 visible characters",
        ),
        (
            image_with("cache-from = ['type=gha', 'type=local,src=/etc']"),
            "7:27: `cache-from` of [images.web]: expected REPOSITORY:TAG",
        ),
        (
            image_with(&format!("cache-to = 'registry.example/cache@sha256:{}'", "0a".repeat(32))),
            "7:12: `cache-to` of [images.web]: expected REPOSITORY:TAG",
        ),
        (
            target_with("").replace("service = 'web'", "schedule = ['x', 'a b']"),
            "8:18: `schedule` of [[target]]: expected NAME, GROUP/NAME",
        ),
        (
            target_with("").replace("service = 'web'", "event-rule = 'arn:aws:ecs:eu-west-1:1:rule/x'"),
            "8:14: `event-rule` of [[target]]: expected NAME, BUS/NAME",
        ),
        (
            target_with("").replace("'web'", "'arn:aws:ecs:eu-west-1:1:cluster/c'"),
            "8:11: `service` of [[target]]: expected a name of 1 to 255",
        ),
    ] {
        let problems = problems(&text);
        if !problems.iter().any(|problem| problem.contains(expected)) {
            missing.push((expected, problems));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
