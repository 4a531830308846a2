# What people and CI run. The recipes are short: how things get onto a machine is in tests/setup.
# Everything uses the release profile and asks for the whole workspace with its test dependencies:
# cargo unites the features of what it is asked for, so another selection would compile them again.

# Where the set-up puts what it installs; the tests look there too.
export ECS_HOST_CACHE := $(or $(ECS_HOST_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ecs-host)

bench_parts := rust wasm engine registry
cargo_flags := --release --locked --workspace
built := $(or $(CARGO_TARGET_DIR),target)/release

.PHONY: help demo test bench dist fuzz lint setup

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(firstword $(MAKEFILE_LIST))

demo: ## watch deployments: real docker and registry, simulated AWS
	@tests/setup/setup $(bench_parts)
	cargo build $(cargo_flags) --bins --example demo
	@$(built)/examples/demo

test: ## run every test
	@tests/setup/setup $(bench_parts) emulator peers languages wkg
	cargo test $(cargo_flags)

bench: ## measure ecs-host against other deployment tools, ECS's rates, and what a policy's language costs
	@tests/setup/setup $(bench_parts) emulator peers languages
	cargo build $(cargo_flags) --bins --example demo
	cargo build --profile dist --locked --package ecs-host
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/benchmark.py
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/fan_out.py
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/languages.py
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/cases.py

dist: ## build the binary that users are given, in the folder dist beside the release profile's
	@tests/setup/setup rust wasm
	cargo build --profile dist --locked --package ecs-host

fuzz: ## fuzz each target for FUZZ_SECONDS (20), or FUZZ_TARGET alone; FUZZ_INPUT=FILE replays one input
	@tests/setup/setup rust wasm fuzz
	@tests/fuzz/run $(FUZZ_TARGET)

lint: ## check formatting, clippy's advice and the documentation
	@tests/setup/setup rust lint wasm
	cargo fmt --all --check
	cargo fmt --manifest-path tests/fuzz/Cargo.toml --check
	cargo clippy $(cargo_flags) --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc $(cargo_flags) --no-deps --lib --examples

setup: ## install what the others need, and nothing more
	@tests/setup/setup $(bench_parts) lint emulator peers languages wkg fuzz
