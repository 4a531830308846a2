//! The AWS account of the tests, its registry and its protocol.

/// The account of every emulated and simulated AWS.
pub const ACCOUNT: &str = "123456789012";

/// The user and the password of registries that are not ECR.
pub const USER: (&str, &str) = ("deployer", "a password of the user's own");

/// The host name of an ECR registry.
pub fn ecr_host(region: &str) -> String {
    format!("{ACCOUNT}.dkr.ecr.{region}.amazonaws.com")
}

/// The password in the tokens of `ecr:GetAuthorizationToken`. moto has no setting for it.
pub fn ecr_password() -> String {
    format!("{ACCOUNT}-auth-token")
}

/// The prefix of the header `X-Amz-Target` by service.
pub const TARGETS: [(&str, &str); 2] =
    [("ecs", "AmazonEC2ContainerServiceV20141113"), ("ecr", "AmazonEC2ContainerRegistry_V20150921")];
