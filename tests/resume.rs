//! A run that is killed at any moment and resumed ends in the same bits, with other threads and parts too.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{manifest, run, scenario, wayfare};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const MORE: [&str; 6] = ["--sample", "0.05", "--set", "assign.iterations=4", "--set", "assign.stop-gap=0"];

fn arguments(out: &Path) -> Vec<String> {
    let scenario = scenario("sioux-falls");
    let words =
        ["run", scenario.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet", "--checkpoint", "0"];
    words.into_iter().chain(MORE).map(str::to_string).collect()
}

/// Starts a run and kills it after a while; whether it had finished before.
fn killed(out: &Path, more: &[&str], after: Duration) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wayfare"))
        .args(arguments(out))
        .args(more)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let finished = child.try_wait().unwrap().is_some_and(|status| status.success());
    child.kill().unwrap();
    child.wait().unwrap();
    finished
}

#[test]
fn a_killed_run_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let mut more = MORE.to_vec();
    more.extend(["--checkpoint", "never"]);
    let whole = run(&scenario("sioux-falls"), &folder.path().join("whole"), &more);
    let out = folder.path().join("killed");
    let (mut n_killed, mut n_kept) = (0, 0);
    let mut finished = killed(&out, &["--threads", "1"], Duration::from_millis(150));
    while !finished {
        assert!(n_killed < 60, "it never ends");
        let has_checkpoint = std::fs::read_dir(out.join("checkpoints")).is_ok_and(|mut d| d.next().is_some());
        n_killed += 1;
        n_kept += u32::from(has_checkpoint);
        let parts = ["traffic.parts=1", "traffic.parts=1", "traffic.parts=2"][n_killed % 3];
        let threads = ["1", "2", "3"][n_killed % 3];
        let more = ["--resume", "--threads", threads, "--set", parts];
        // Longer and longer, so that it ends on the slowest machine.
        finished =
            killed(&out, &more, Duration::from_millis(60 + 37 * (n_killed as u64 % 7) * n_killed as u64));
        if !finished && n_killed > 30 {
            finished = wayfare(&[&arguments(&out)[..], &["--resume".to_string()]].concat()).code == 0;
        }
    }
    assert!(n_killed > 2 && n_kept > 0, "killed {n_killed} times, {n_kept} with a checkpoint: no test");
    let resumed = manifest(&out);
    assert_eq!(resumed["hash"], whole["hash"]);
    assert!(!out.join("checkpoints").exists(), "checkpoints are of no use to a finished run");
    // A finished run is not resumed.
    let said = wayfare(&[&arguments(&out)[..], &["--resume".to_string()]].concat());
    assert_eq!(said.code, 2);
    assert!(said.err.contains("holds a finished run"), "{}", said.err);
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_one_before_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut wait_ms = 300;
    let files = loop {
        let _ = std::fs::remove_dir_all(&out);
        assert!(
            !killed(&out, &[], Duration::from_millis(wait_ms)),
            "finished before two checkpoints were there"
        );
        let found = std::fs::read_dir(out.join("checkpoints")).into_iter().flatten();
        let mut files: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == "checkpoint"));
        files.sort();
        if files.len() == 2 {
            break files;
        }
        wait_ms += 50;
        assert!(wait_ms < 60_000, "there never are two");
    };
    let mut bytes = std::fs::read(&files[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&files[1], &bytes).unwrap();
    // Another scenario does not go on from it.
    let other = [&arguments(&out)[..], &["--resume", "--seed", "2"].map(str::to_string)].concat();
    let said = wayfare(&other);
    assert_eq!(said.code, 2, "{}", said.err);
    let resume = [&arguments(&out)[..], &["--resume".to_string()]].concat();
    let said = wayfare(&resume);
    assert_eq!(said.code, 0, "{}", said.err);
    let warnings = manifest(&out)["warnings"].to_string();
    assert!(warnings.contains("is damaged"), "{warnings}");
}
