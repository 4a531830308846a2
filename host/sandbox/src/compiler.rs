//! How policies are compiled: with which cache, and within which memory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::binary::Binary;
use crate::compile_process;
use crate::error::ComponentError;
use crate::limits::Limits;

/// How policies are compiled. The default has no cache, and no limit of the compiler's memory: it is for components
/// that the caller trusts, and for tests.
#[derive(Debug, Clone, Default)]
pub struct Compiler {
    /// The folder of the cache. It contains machine code, which is executed: nobody else may be able to write it.
    pub cache: Option<PathBuf>,
    /// Why there is no cache although the caller wants one: what it compiles has it as its `cache_error`.
    pub cache_problem: Option<String>,
    /// The program that compiles in a process of its own, whose memory is limited by [`Limits::compile_memory`]. It
    /// calls [`compile_process::run`] if its first argument is [`compile_process::VERB`].
    pub program: Option<PathBuf>,
}

/// The most proofs in a cache. A file without content is not worth more care.
const MAX_PROOFS: usize = 1000;

impl Compiler {
    /// The folder of the compiled code. It is not the cache's own folder, because wasmtime removes what it does not
    /// know from its folder.
    pub(crate) fn code_folder(&self) -> Option<PathBuf> {
        Some(self.cache.as_ref()?.join("code"))
    }

    /// Proves that a component compiles within the limits, by compiling it in a process of its own. If there is a
    /// cache, it then contains the result and the proof, and no later start compiles again.
    ///
    /// # Errors
    /// [`ComponentError::LimitExceeded`], [`ComponentError::NotComponent`] if the compiler crashed, or
    /// [`ComponentError::Sandbox`] if the process cannot be started.
    pub(crate) fn prove(&self, binary: &Binary, limits: &Limits) -> Result<(), ComponentError> {
        // A built-in policy is a part of the host.
        let Some(program) = self.program.as_ref().filter(|_| !binary.source.is_built_in()) else {
            return Ok(());
        };
        let proof = self.cache.as_ref().map(|cache| cache.join("proofs").join(proof_name(binary, limits)));
        if proof.as_ref().is_some_and(|proof| proof.exists()) {
            return Ok(());
        }
        let has_compiled = compile_process::compile(program, binary, self.code_folder().as_deref(), limits)?;
        if let (true, Some(proof)) = (has_compiled, proof) {
            // Without the proof, the next start compiles again.
            let _ = write_proof(&proof);
        }
        Ok(())
    }
}

/// A proof holds for one component, one version of the host, and one limit.
fn proof_name(binary: &Binary, limits: &Limits) -> String {
    let digest = binary.digest().as_str().replace(':', "-");
    format!("{digest}-{}-{}", env!("CARGO_PKG_VERSION"), limits.compile_memory)
}

fn write_proof(proof: &Path) -> io::Result<()> {
    if let Some(folder) = proof.parent() {
        if fs::read_dir(folder).is_ok_and(|proofs| proofs.count() >= MAX_PROOFS) {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    fs::write(proof, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_written_and_a_full_folder_is_emptied_first() {
        let folder = std::env::temp_dir().join(format!("ecs-host-proofs-{}", std::process::id()));
        for number in 0..=MAX_PROOFS {
            write_proof(&folder.join(number.to_string())).unwrap();
        }
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [MAX_PROOFS.to_string().as_str()]);
        fs::remove_dir_all(folder).unwrap();
    }
}
