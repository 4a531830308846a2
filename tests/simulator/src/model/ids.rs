//! Random identifiers, in the formats of ECS.

/// Lower-case hexadecimal digits, as in the ids of tasks and container instances.
pub(crate) fn hex_id(rng: &mut fastrand::Rng, length: usize) -> String {
    (0..length).map(|_| char::from_digit(rng.u32(0..16), 16).unwrap_or('0')).collect()
}

/// 19 decimal digits, as in the ids of deployments (`ecs-svc/…`) and service revisions.
pub(crate) fn numeric_id(rng: &mut fastrand::Rng) -> String {
    rng.u64(1_000_000_000_000_000_000..9_000_000_000_000_000_000).to_string()
}

/// 21 letters, digits and underscores, as in the ids of service deployments.
pub(crate) fn service_deployment_id(rng: &mut fastrand::Rng) -> String {
    (0..21).map(|_| if rng.u8(0..32) == 0 { '_' } else { rng.alphanumeric() }).collect()
}

pub(crate) fn uuid(rng: &mut fastrand::Rng) -> String {
    let parts: Vec<String> = [8, 4, 4, 4, 12].map(|length| hex_id(rng, length)).to_vec();
    parts.join("-")
}
