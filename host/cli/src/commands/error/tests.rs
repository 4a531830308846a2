use super::*;
use crate::commands::record::Recorded;
use crate::config::GuardOrigin;
use crate::docker::DockerError;
use crate::docker::login::DockerConfigError;
use aws::ErrorKind;
use model::confinement::ConfinementError;
use model::names::{Digest, Region};
use sandbox::ComponentKind;
use sandbox::kind::Subject;

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn aws_error() -> AwsError {
    AwsError::unusable("ecs:DescribeServices", "main/web", "an empty response")
}

/// Why an error of the operating system occurred, as every area has it.
fn io_error() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

fn undecodable() -> UndecodableError {
    UndecodableError("DRYRUN".to_owned())
}

fn plan_error(superseded: bool) -> Error {
    PlanError { problems: vec!["a newer build runs".to_owned()], superseded }.into()
}

fn component_error() -> ComponentError {
    let (component, kind) = ("`guard.wasm`".to_owned(), ComponentKind::Guard);
    ComponentError::WrongWorld { component, kind, found: "it exports nothing".to_owned() }
}

/// Every variant, and those variants inside an area that differ in their codes.
fn errors() -> Vec<(Error, u8)> {
    let policy = || "`policy.wasm`".to_owned();
    let component = || Subject::new(ComponentKind::Policy, "p");
    let rejected = ComponentError::Rejected { component: component(), reason: "no".to_owned() };
    let not_component = ComponentError::NotComponent {
        component: policy(),
        kind: ComponentKind::Policy,
        found: "text".to_owned(),
    };
    let mismatch = DigestMismatch {
        component: policy(),
        kind: ComponentKind::Policy,
        by: "`ecs-host.lock`".to_owned(),
        found: Digest::sha256(b"found"),
        pinned: Digest::sha256(b"pinned"),
    };
    vec![
        (BuildError::NoPullRequest("--fork").into(), 2),
        (ProjectError::NotEmpty { folder: "blue".into() }.into(), 2),
        (CaseError { file: "a.toml".to_owned(), problems: Vec::new() }.into(), 2),
        (NoCases("no cases".to_owned()).into(), 2),
        (
            RecordError { what: Recorded::Decision, path: "a.toml".into(), reason: "it exists".to_owned() }
                .into(),
            2,
        ),
        (RegionConflict { run: region("eu-central-1"), arn: region("us-east-1") }.into(), 2),
        (
            ComponentError::Unreadable {
                kind: ComponentKind::Policy,
                path: "p.wasm".into(),
                source: io_error(),
            }
            .into(),
            2,
        ),
        (rejected.into(), 3),
        (not_component.into(), 4),
        (ComponentError::InvalidAnswer { component: component(), problems: Vec::new() }.into(), 4),
        (ComponentError::NotGranted { component: policy(), imports: Vec::new() }.into(), 5),
        (ComponentError::Secrets { component: component(), refused: vec!["TOKEN".to_owned()] }.into(), 5),
        (GuardError::Denied { guards: 1, findings: Vec::new() }.into(), 3),
        (
            GuardError::Failed { error: Box::new(component_error()), origin: GuardOrigin::CommandLine }
                .into(),
            4,
        ),
        (ConfinementError { component: policy(), violations: Vec::new() }.into(), 3),
        (mismatch.into(), 5),
        (LockError::NoPolicy.into(), 5),
        (RegistryError::from(io_error()).into(), 5),
        (LookupOutage("no region".to_owned()).into(), 5),
        (aws_error().into(), 5),
        (plan_error(false), 5),
        (plan_error(true), 7),
        (ImageError::Aws(aws_error()).into(), 5),
        (ImageError::Docker(DockerError::NoDigest { command: "docker push".to_owned() }).into(), 6),
        (ImageError::Config(DockerConfigError::NoFolder { reasons: "no".to_owned() }).into(), 6),
        (RollbackError::Aws(aws_error()).into(), 5),
        (ContinueError::Aws(aws_error()).into(), 5),
        (Error::Stdout(io_error()), 5),
        (io_error().into(), 5),
        (undecodable().into(), 2),
        (PolicyBuildError::NoCommand.into(), 2),
        (PolicyBuildError::Failed { command: "make".to_owned(), status: "exit code 1".to_owned() }.into(), 4),
        (ReportError { path: "deploy.html".into(), reason: "it is a link".to_owned() }.into(), 2),
        (IamError::Skipped("no".to_owned()).into(), 5),
        (IamError::Empty.into(), 2),
        (OidcError::NoProvider.into(), 5),
        (TrustError::Missing(Vec::new()).into(), 2),
        (ManError::UnknownVerb("fly".to_owned()).into(), 2),
        (SavedPlanError::Invalid { path: "plan.json".into(), reason: "text".to_owned() }.into(), 2),
        (SavedPlanError::NotSaved { reason: "no".to_owned(), paths: Vec::new() }.into(), 5),
        (SavedPlanError::Moved { path: "plan.json".into(), moved: Vec::new() }.into(), 7),
    ]
}

/// The number of a variant. The compiler rejects this `match` when a variant is added.
fn number(error: &Error) -> usize {
    match error {
        Error::Build(_) => 0,
        Error::Project(_) => 1,
        Error::Case(_) => 2,
        Error::CaseFile(_) => 3,
        Error::Record(_) => 4,
        Error::Region(_) => 5,
        Error::Component(_) => 6,
        Error::Guard(_) => 7,
        Error::Confinement(_) => 8,
        Error::PolicyDigest(_) => 9,
        Error::Lock(_) => 10,
        Error::Registry(_) => 11,
        Error::LookupOutage(_) => 12,
        Error::Aws(_) => 13,
        Error::Plan(_) => 14,
        Error::Image(_) => 15,
        Error::Rollback(_) => 16,
        Error::Continue(_) => 17,
        Error::Stdout(_) => 18,
        Error::System(_) => 19,
        Error::Undecodable(_) => 20,
        Error::PolicyBuild(_) => 21,
        Error::Report(_) => 22,
        Error::Iam(_) => 23,
        Error::Oidc(_) => 24,
        Error::Trust(_) => 25,
        Error::Man(_) => 26,
        Error::SavedPlan(_) => 27,
    }
}

#[test]
fn every_error_has_the_exit_code_of_its_area() {
    let errors = errors();
    for (error, code) in &errors {
        assert_eq!(error.exit().code(), *code, "{error:?}");
    }
    let mut numbers: Vec<usize> = errors.iter().map(|(error, _)| number(error)).collect();
    numbers.dedup();
    assert_eq!(numbers, (0..28).collect::<Vec<_>>(), "a variant is missing above");
}

#[test]
fn every_kind_of_aws_error_exits_with_5() {
    for kind in [ErrorKind::Region, ErrorKind::Credentials, ErrorKind::Permission, ErrorKind::Other] {
        assert_eq!(Error::from(AwsError { kind, ..aws_error() }).exit().code(), 5, "{kind:?}");
    }
}
