//! Amazon ECS and ECR as a deployment tool meets them, in simulated time.
