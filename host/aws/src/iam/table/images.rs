//! The rows of images and policies in Amazon ECR.

use super::{On, PUSH_ACTIONS, Permission, pushes, required};
use crate::iam::needs::Use::{Plan, Run, Verify};

/// The rows.
pub(super) static ROWS: &[Permission] = &[
    required(
        "ReadImages",
        &["ecr:DescribeImages"],
        On::ReadRepositories,
        &[Run, Plan, Verify],
        "find out which images and tags exist",
    ),
    Permission {
        without: Some("an immutable tag is found by the push, not before the build"),
        ..required(
            "ReadRepositories",
            &["ecr:DescribeRepositories"],
            On::TaggedRepositories,
            &[Run, Plan, Verify],
            "find out whether tags are immutable",
        )
    },
    Permission {
        applies: |needs| pushes(needs) && needs.policy_repositories.is_empty(),
        ..required(
            "LogIn",
            &["ecr:GetAuthorizationToken"],
            On::Any,
            &[Run, Verify],
            "log docker in to the registry; the action has no resource type",
        )
    },
    Permission {
        applies: |needs| !needs.policy_repositories.is_empty(),
        ..required(
            "LogIn",
            &["ecr:GetAuthorizationToken"],
            On::Any,
            &[Run, Plan, Verify],
            "log in to the registry of the policy and of images; the action has no resource type",
        )
    },
    required(
        "PullPolicy",
        &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        On::PolicyRepositories,
        &[Run, Plan, Verify],
        "fetch the policy from its registry",
    ),
    required(
        "PushImages",
        PUSH_ACTIONS,
        On::PushedRepositories,
        &[Run, Verify],
        "push images, or tag those that exist",
    ),
    required(
        "PromoteImages",
        &["ecr:BatchGetImage", "ecr:PutImage"],
        On::PromotedRepositories,
        &[Run, Verify],
        "tag images that exist",
    ),
    required(
        "PullImages",
        &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        On::PulledRepositories,
        &[Run],
        "pull the caches and contexts of builds",
    ),
];
