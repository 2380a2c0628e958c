# Two commands for a fresh machine (a Rust toolchain, Python 3 with pip, a C++ compiler):
#   make run    sets up libtorch, builds, runs the embedded scenario (Sioux Falls)
#   make test   the same set-up, then all tests
# While you work: make quick T=a_lost_vehicle (in the engine), make quick P=viz T=map (in another crate).
# One profile (release) serves both, so the dependencies are built once.

CARGO ?= cargo
# Tests look for real data here; those that go without are counted and named at the end.
WAYFARE_DATA ?= $(firstword $(wildcard data ../shared/data) data)
export WAYFARE_DATA := $(abspath $(WAYFARE_DATA))

.PHONY: run test quick setup lint

setup:
	@test -n "$$LIBTORCH" || bash model/libtorch.sh

run: setup
	$(CARGO) run --release -- run scenarios/sioux-falls --out out/sioux-falls --overwrite

test: export WAYFARE_SKIPPED := $(CURDIR)/target/skipped.txt
test: setup
	@mkdir -p target && rm -f "$$WAYFARE_SKIPPED"
	@status=0; \
	$(CARGO) test --release --workspace && CARGO=$(CARGO) bash tests/mpi.sh || status=$$?; \
	bash tests/skipped.sh "$$WAYFARE_SKIPPED"; \
	exit $$status

# Unit tests of one crate whose names hold T. Our crates are then built incrementally at opt-level 1, beside the other
# build; dependencies are those of `make run`.
P ?= engine
T ?=
quick: $(if $(filter model wayfare,$(P)),setup)
	CARGO_INCREMENTAL=1 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 $(CARGO) test --release -p $(P) --lib $(T)

lint: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings
