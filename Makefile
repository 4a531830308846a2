# What people and CI run beside `cargo build` and `cargo test`. The recipes are short: how things get onto a
# machine is in tests/setup. `demo`, `test` and `lint` use the dev profile. `demo` and `test` select the packages that
# plain `cargo test` selects: cargo unifies the features of what is selected, so another selection would compile
# dependencies again.

# Where the set-up puts what it installs; the tests look there too.
export ECS_HOST_CACHE := $(or $(ECS_HOST_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ecs-host)

bench_parts := rust wasm engine registry
guards := office-hours production-tags image-origins hardening saved-plans
built := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help demo tutorial test bench dist release docs picture fuzz lint setup

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(firstword $(MAKEFILE_LIST))

demo: ## watch deployments: real docker and registry, simulated AWS
	@tests/setup/setup $(bench_parts)
	cargo build --locked --bins
	@$(built)/debug/demo

tutorial: ## open a shell for the tutorial of the book, with the same parts
	@tests/setup/setup $(bench_parts)
	cargo build --locked --bins
	@$(built)/debug/demo shell

test: ## run every test, those with docker, registries and other languages too
	@tests/setup/setup $(bench_parts) buildx emulator peers languages c wac wkg terminal browser installers
	ECS_HOST_SEEDS=$(or $(ECS_HOST_SEEDS),2000) cargo test --locked --features ecs-host/real-parts

bench: ## measure ecs-host against other tools and ECS's rates, and what languages, cases and a build cache cost
	@tests/setup/setup $(bench_parts) buildx emulator peers languages c
	cargo build --release --locked --package ecs-simulator
	cargo build --profile dist --locked --package ecs-host
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/benchmark.py
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/fan_out.py
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/languages.py
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/cases.py
	cargo build --locked --target wasm32-wasip2 --profile policy --target-dir "$(or $(CARGO_TARGET_DIR),target)/policies" $(guards:%=--package=ecs-host-%-guard)
	@"$(ECS_HOST_CACHE)/emulator/bin/python" tests/guards.py
	cargo test --locked --features ecs-host/real-parts a_cache_in_the_registry -- --nocapture

dist: ## build the binary that users get: target/dist/ecs-host
	@tests/setup/setup rust wasm
	cargo build --profile dist --locked --package ecs-host

release: ## build what a release has into dist/, and test it; RELEASE_TARGETS and RELEASE_PROFILE build less
	@tests/setup/setup rust wasm release systems buildx installers
	packaging/release
	cargo build --locked --package ecs-simulator
	@tests/release/run

docs: ## build the book: target/book/index.html
	@tests/setup/setup rust book
	"$(ECS_HOST_CACHE)/mdbook/bin/mdbook" build docs --dest-dir "$(abspath $(built))/book"

picture: ## record the picture of the README, docs/rollout.svg, from the parts of the demo
	@tests/setup/setup $(bench_parts) picture
	cargo build --locked --bins
	@"$(ECS_HOST_CACHE)/picture/bin/python" tests/demo/picture.py $(built)/debug/demo docs/rollout.svg

fuzz: ## fuzz each target for FUZZ_SECONDS (20), or FUZZ_TARGET alone; FUZZ_INPUT=FILE replays one input
	@tests/setup/setup rust wasm fuzz
	@tests/fuzz/run $(FUZZ_TARGET)

lint: ## check formatting, clippy's advice and the documentation
	@tests/setup/setup rust lint wasm
	cargo fmt --all --check
	cargo fmt --manifest-path tests/fuzz/Cargo.toml --check
	cargo clippy --locked --workspace --all-targets --features ecs-host/real-parts -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --lib --examples

setup: ## install what the others need, and nothing more
	@tests/setup/setup $(bench_parts) buildx lint emulator peers languages c wac wkg terminal browser book installers fuzz release systems
