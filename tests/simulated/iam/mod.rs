//! The verb `iam`, and the policies that it prints.

mod cases;
mod oidc;
mod printed;
mod proof;
