//! What to do about a docker command that failed, by the messages of docker, of its engine and of registries.

use aws::iam::table::PUSH_ACTIONS;

/// Parts of the client's messages for an engine that it cannot connect to.
pub(super) const NO_ENGINE: [&str; 4] = [
    "Cannot connect to the Docker daemon",
    "failed to connect to the docker API",
    "Is the docker daemon running",
    "permission denied while trying to connect",
];

/// The permissions of a push to ECR, as in a sentence.
fn push_actions() -> String {
    match PUSH_ACTIONS.split_last() {
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What to do about a failed command, if its last lines state a known cause.
pub(super) fn hint(command: &str, lines: &[String]) -> Option<String> {
    let is_push = command.contains(" push ");
    let is_of_ecr = command.contains(".dkr.ecr") || command.contains(".dkr-ecr");
    // The lines of a build are arbitrary, and this one is the builder's.
    let is_pushed_by_build = command.contains(" --push ");
    let error: Vec<String> = end(lines).iter().filter(|line| line.starts_with("ERROR: ")).cloned().collect();
    engine_hint(lines)
        .or_else(|| client_hint(lines))
        .or_else(|| connection_hint(lines, is_push))
        // The rest are messages of registries, and the output of a build is arbitrary.
        .or_else(|| {
            if is_push {
                push_hint(lines, is_of_ecr)
            } else {
                builder_hint(&error).or_else(|| build_hint(lines))
            }
        })
        .or_else(|| is_pushed_by_build.then(|| push_hint(&error, is_of_ecr)).flatten())
}

fn engine_hint(lines: &[String]) -> Option<String> {
    // The client's message can be on any line: its versions follow on the other stream.
    let any = |text: &str| lines.iter().any(|line| line.contains(text));
    let [no_engine @ .., no_permission] = NO_ENGINE;
    if any(no_permission) {
        return Some("let this user access the docker engine, for example by the group `docker`".to_owned());
    }
    let is_missing = no_engine.into_iter().any(any);
    is_missing.then(|| "start the docker engine, or set DOCKER_HOST to the one to use".to_owned())
}

/// The last lines, in which a client states why it failed.
pub(super) fn end(lines: &[String]) -> &[String] {
    lines.get(lines.len().saturating_sub(3)..).unwrap_or_default()
}

/// Advice about a part of the client: a credential helper or buildx.
fn client_hint(lines: &[String]) -> Option<String> {
    let end = end(lines);
    if let Some(line) = end.iter().find(|line| line.contains("error getting credentials")) {
        let helper = line.split(['"', '`', ' ', ':']).find(|word| word.starts_with("docker-credential-"));
        return Some(format!(
            "the credential helper {} of your docker configuration failed: install and start it, or remove its \
             `credsStore` or `credHelpers` from config.json (DOCKER_CONFIG)",
            helper.map(|helper| format!("`{helper}`")).unwrap_or_default()
        ));
    }
    let has = |text: &str| end.iter().any(|line| line.contains(text));
    if has("buildx component is missing or broken") || has("`buildx` is not a docker command") {
        return Some(
            "install docker's plugin buildx, or set DOCKER_BUILDKIT=0 for the builder without it".to_owned(),
        );
    }
    if has("no builder ") && has(" found") {
        return Some("BUILDX_BUILDER, or `docker buildx use`, names a builder that does not exist: create it, or unset the variable".to_owned());
    }
    None
}

/// Advice about the way to a registry: its certificate, and a proxy.
fn connection_hint(lines: &[String], is_push: bool) -> Option<String> {
    // `RUN` steps of a build connect to other servers, and only a registry's API has this path.
    let is_of_registry = |line: &&String| is_push || line.contains("/v2/");
    let line = |text: &str| end(lines).iter().filter(is_of_registry).any(|line| line.contains(text));
    if line("x509: ") {
        let advice = "the docker engine does not trust the registry's certificate: add the CA of the registry, or of the \
                      proxy before it, to /etc/docker/certs.d/HOST/ca.crt or to the CAs of the engine's machine";
        return Some(advice.to_owned());
    }
    if line("proxyconnect tcp") || line("Proxy Authentication Required") {
        let advice = "the docker engine connects through a proxy, which is to blame: `docker info` shows it, and \
                      HTTPS_PROXY and NO_PROXY of the engine, or `proxies` in its daemon.json, set it";
        return Some(advice.to_owned());
    }
    None
}

fn push_hint(lines: &[String], is_of_ecr: bool) -> Option<String> {
    let end = end(lines);
    let has = |text: &str| end.iter().any(|line| line.contains(text));
    if has("cannot be overwritten") || has("tag invalid") {
        let advice = "the repository is immutable and has this tag on another image: exclude the tag from immutability, or \
                      tag by commit alone";
        return Some(advice.to_owned());
    }
    if has("authorization token has expired") {
        let advice = "ECR's token, which this run fetched before the build, has expired: check the clock of this machine, \
                      and run this again, which fetches a new one";
        return Some(advice.to_owned());
    }
    if let Some(line) = end.iter().find(|line| line.contains("is not authorized to perform")) {
        let action =
            line.split_once("is not authorized to perform: ").and_then(|(_, rest)| rest.split(' ').next());
        let action = action.map_or("that action".to_owned(), |action| format!("`{action}`"));
        return Some(format!(
            "allow {action} in the IAM policy of these credentials; a push requires {} on the repository",
            push_actions()
        ));
    }
    if has("403 Forbidden") {
        return Some(format!(
            "the registry denies the push to this login; in ECR it requires {} on the repository",
            push_actions()
        ));
    }
    if has("does not exist locally") {
        let advice = "the build left no image in the docker engine: a builder of buildx with its own engine keeps the \
                      image; select the builder `default` (BUILDX_BUILDER, or `docker buildx use default`)";
        return Some(advice.to_owned());
    }
    if has("no basic auth credentials") || has("denied") || has("unauthorized") {
        let advice = if is_of_ecr {
            "this run has logged in to ECR, in a docker configuration of its own (DOCKER_CONFIG): check that the program of \
             --docker passes that variable on, and that the credentials are of the registry's account"
        } else {
            "log in to the registry first, with `docker login`"
        };
        return Some(advice.to_owned());
    }
    None
}

/// Advice about what a builder does not support. The messages are those of buildx (`driver/features.go`, `build/opt.go`
/// and their versions before 0.12) and of engines before 23.
fn builder_hint(error: &[String]) -> Option<String> {
    let has = |text: &str| error.iter().any(|line| line.contains(text));
    let is_of_driver = has("supported for the docker driver") || has("supported for docker driver");
    if is_of_driver {
        let advice = "the builder is the engine's own, which supports neither several platforms nor a cache in a registry \
                      without the containerd image store: create another builder with `docker buildx create --use`, or \
                      turn on that store in the engine's daemon.json";
        return Some(advice.to_owned());
    }
    if has("unsupported frontend capability") {
        let advice = "the builder is too old for an option of this build: update the docker engine, or create another \
                      builder with `docker buildx create --use`";
        return Some(advice.to_owned());
    }
    if has("exec format error") {
        let advice = "this machine cannot execute programs of the platform that is built: install an emulator, with \
                      `docker run --privileged --rm tonistiigi/binfmt --install all`, or let the Dockerfile compile on \
                      $BUILDPLATFORM";
        return Some(advice.to_owned());
    }
    None
}

/// Advice about a build that failed to pull, by messages that only a registry writes.
fn build_hint(lines: &[String]) -> Option<String> {
    let has_expired = end(lines).iter().any(|line| line.contains("Your authorization token has expired"));
    has_expired.then(|| {
        "your docker login to a registry that the Dockerfile pulls from has expired: log in again, with \
         `aws ecr get-login-password | docker login --username AWS --password-stdin HOST`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint_for(command: &str, line: &str) -> Option<String> {
        hint(command, &[line.to_owned()])
    }

    #[test]
    fn the_output_of_a_build_has_no_registry_hint() {
        for line in [
            "yarn install --immutable",
            "cp: Permission denied",
            "access denied",
            "curl: (60) x509: certificate signed by unknown authority",
            "403 Forbidden",
        ] {
            assert_eq!(hint_for("docker build .", line), None, "{line}");
        }
    }

    #[test]
    fn a_rejected_push_has_a_hint() {
        for (line, expected) in [
            ("no basic auth credentials", "docker login"),
            ("tag invalid: The image tag '1' already exists", "immutable"),
            ("denied: Your authorization token has expired. Reauthenticate and try again.", "run this again"),
            (
                "denied: User: arn:aws:iam::1:user/ci is not authorized to perform: ecr:InitiateLayerUpload on resource: x",
                "allow `ecr:InitiateLayerUpload` in the IAM policy",
            ),
            ("unexpected status from HEAD request to https://h/v2/web: 403 Forbidden", "ecr:PutImage"),
            ("An image does not exist locally with the tag: h/web", "BUILDX_BUILDER"),
            (
                "Get \"https://h/v2/\": tls: x509: certificate signed by unknown authority",
                "/etc/docker/certs.d",
            ),
        ] {
            let hint = hint_for("docker push h.example/web:1", line).unwrap_or_default();
            assert!(hint.contains(expected), "{line}: {hint}");
        }
        // The run has logged in by itself.
        let ecr = "docker push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1";
        let hint = hint_for(ecr, "no basic auth credentials").unwrap_or_default();
        assert!(hint.contains("DOCKER_CONFIG") && !hint.contains("docker login"), "{hint}");
    }

    #[test]
    fn a_build_that_cannot_start_or_pull_has_a_hint() {
        for (line, expected) in [
            (
                "ERROR: error getting credentials - err: exec: \"docker-credential-desktop\": executable file not found",
                "`docker-credential-desktop`",
            ),
            (
                "ERROR: BuildKit is enabled but the buildx component is missing or broken.",
                "DOCKER_BUILDKIT=0",
            ),
            ("ERROR: no builder \"ci\" found", "BUILDX_BUILDER"),
            ("ERROR: Cache export is not supported for the docker driver.", "docker buildx create --use"),
            (
                "ERROR: failed to build: Multi-platform build is not supported for the docker driver.",
                "docker buildx create --use",
            ),
            (
                "ERROR: cache export feature is currently not supported for docker driver. Please switch",
                "containerd",
            ),
            (
                "ERROR: failed to solve: unsupported frontend capability moby.buildkit.frontend.contexts",
                "update the docker engine",
            ),
            ("ERROR: process \"/bin/sh\": exec format error", "binfmt"),
            (
                "Get \"https://h/v2/\": proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: refused",
                "HTTPS_PROXY",
            ),
            (
                "denied: Your authorization token has expired. Reauthenticate and try again.",
                "get-login-password",
            ),
        ] {
            let hint = hint_for("docker build .", line).unwrap_or_default();
            assert!(hint.contains(expected), "{line}: {hint}");
        }
    }
}
