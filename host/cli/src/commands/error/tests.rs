use super::*;
use crate::docker::DockerError;
use crate::docker::login::DockerConfigError;
use aws::ErrorKind;
use model::confinement::ConfinementError;
use model::names::{Digest, Region};

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

/// Every variant, and those variants inside an area that differ in their codes.
fn errors() -> Vec<(Error, u8)> {
    let policy = || "`policy.wasm`".to_owned();
    let rejected = PolicyError::Rejected { policy: policy(), reason: "no".to_owned() };
    let mismatch = DigestMismatch {
        policy: policy(),
        by: "`ecs-host.lock`",
        found: Digest::sha256(b"found"),
        pinned: Digest::sha256(b"pinned"),
    };
    vec![
        (BuildError::NoPullRequest("--fork").into(), 2),
        (ProjectError::NotEmpty { folder: "blue".into() }.into(), 2),
        (CaseError { file: "a.toml".to_owned(), problems: Vec::new() }.into(), 2),
        (NoCases("no cases".to_owned()).into(), 2),
        (RecordError { path: "a.toml".into(), reason: "it exists".to_owned() }.into(), 2),
        (RegionConflict { run: region("eu-central-1"), arn: region("us-east-1") }.into(), 2),
        (PolicyError::Unreadable { path: "p.wasm".into(), source: io_error() }.into(), 2),
        (rejected.into(), 3),
        (PolicyError::NotComponent { policy: policy(), found: "text".to_owned() }.into(), 4),
        (PolicyError::InvalidAnswer { policy: policy(), problems: Vec::new() }.into(), 4),
        (PolicyError::NotGranted { policy: policy(), imports: Vec::new() }.into(), 5),
        (PolicyError::Secrets { policy: policy(), refused: vec!["TOKEN".to_owned()] }.into(), 5),
        (ConfinementError { policy: policy(), violations: Vec::new() }.into(), 3),
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
        Error::Policy(_) => 6,
        Error::Confinement(_) => 7,
        Error::PolicyDigest(_) => 8,
        Error::Lock(_) => 9,
        Error::Registry(_) => 10,
        Error::LookupOutage(_) => 11,
        Error::Aws(_) => 12,
        Error::Plan(_) => 13,
        Error::Image(_) => 14,
        Error::Rollback(_) => 15,
        Error::Continue(_) => 16,
        Error::Stdout(_) => 17,
        Error::System(_) => 18,
        Error::Undecodable(_) => 19,
        Error::PolicyBuild(_) => 20,
        Error::Report(_) => 21,
        Error::Iam(_) => 22,
        Error::Oidc(_) => 23,
        Error::Trust(_) => 24,
        Error::Man(_) => 25,
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
    assert_eq!(numbers, (0..26).collect::<Vec<_>>(), "a variant is missing above");
}

#[test]
fn every_kind_of_aws_error_exits_with_5() {
    for kind in [ErrorKind::Region, ErrorKind::Credentials, ErrorKind::Permission, ErrorKind::Other] {
        assert_eq!(Error::from(AwsError { kind, ..aws_error() }).exit().code(), 5, "{kind:?}");
    }
}
