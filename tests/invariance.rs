//! Same seed, same bits: on any number of threads; another seed, other bits.

mod program;

use program::{run, scenario};

fn hashes(seed: &str, threads: &str) -> (String, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--seed", seed, "--threads", threads, "--sample", "0.05", "--set", "assign.iterations=3"];
    let manifest = run(&scenario("sioux-falls"), &folder.path().join("run"), &more);
    (manifest["hash"]["events"].as_str().unwrap().to_string(), manifest["hash"]["tables"].clone())
}

#[test]
fn threads_change_nothing_and_seeds_change_something() {
    let one = hashes("1", "1");
    assert_eq!(one.0.len(), 64);
    for threads in ["1", "2", "3"] {
        assert_eq!(hashes("1", threads), one, "{threads} threads");
    }
    assert_ne!(hashes("2", "2").0, one.0);
}
