//! A run that is killed at any moment and resumed ends in the same bits, with other threads and parts too. When to kill
//! is read off the run folder, not off a clock; on a machine so busy that a run ends unseen, it is tried again.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{Said, manifest, run, scenario, wayfare};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const MORE: [&str; 6] = ["--sample", "0.05", "--set", "assign.iterations=4", "--set", "assign.stop-gap=0"];

/// How often a test that needs a kill at a certain moment begins anew.
const TRIES: usize = 20;

fn arguments(out: &Path, more: &[&str]) -> Vec<String> {
    let scenario = scenario("sioux-falls");
    let words = ["run", scenario.to_str().unwrap(), "--out", out.to_str().unwrap(), "--checkpoint", "0"];
    words.iter().chain(&MORE).chain(more).map(|word| word.to_string()).collect()
}

fn resume(out: &Path, more: &[&str]) -> Said {
    wayfare(
        &[&arguments(out, &["--resume"]), &more.iter().map(|w| w.to_string()).collect::<Vec<_>>()[..]]
            .concat(),
    )
}

/// Starts a run and kills it as soon as `is_time`; whether it finished before.
fn killed(out: &Path, more: &[&str], mut is_time: impl FnMut() -> bool) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wayfare"));
    let mut child = command.args(arguments(out, more)).stderr(Stdio::null()).spawn().unwrap();
    while !is_time() {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "exit code {:?}", status.code());
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    out.join("run.json").exists()
}

/// Names of the files in a folder that need not be there, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn checkpoints(out: &Path) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "checkpoint");
    files(&out.join("checkpoints")).into_iter().filter(is_one).collect()
}

/// Kills a run and resumes it again and again, at the first, second, ... change of its folder; then lets it end. How
/// often a checkpoint was left.
fn killed_and_resumed(out: &Path) -> usize {
    let mut n_kept = 0;
    for round in 0..14 {
        let parts = ["traffic.parts=1", "traffic.parts=1", "traffic.parts=2"][round % 3];
        let mut more = vec!["--threads", ["1", "2", "3"][round % 3], "--set", parts];
        if round > 0 {
            more.push("--resume");
        }
        let look = || (files(out), files(&out.join("checkpoints")));
        let (mut seen, mut n_changes) = (look(), 0);
        let is_time = || {
            let now = look();
            n_changes += usize::from(now != seen);
            seen = now;
            n_changes > round % 5
        };
        if killed(out, &more, is_time) {
            break;
        }
        n_kept += usize::from(!checkpoints(out).is_empty());
    }
    let said = resume(out, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    n_kept
}

#[test]
fn a_killed_run_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let mut more = MORE.to_vec();
    more.extend(["--checkpoint", "never"]);
    let whole = run(&scenario("sioux-falls"), &folder.path().join("whole"), &more);
    let was_killed = (0..TRIES).any(|n| {
        let out = folder.path().join(n.to_string());
        let n_kept = killed_and_resumed(&out);
        assert_eq!(manifest(&out)["hash"], whole["hash"]);
        assert!(!out.join("checkpoints").exists(), "checkpoints are of no use to a finished run");
        n_kept > 2
    });
    assert!(was_killed, "never killed after a checkpoint: no test");
}

/// A script may call `--resume` until it is done, also when the last kill fell between the manifest and the end.
#[test]
fn a_finished_run_is_finished_and_that_of_another_scenario_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let inputs = folder.path().join("scenario");
    std::fs::create_dir(&inputs).unwrap();
    for file in files(&scenario("sioux-falls")) {
        std::fs::copy(&file, inputs.join(file.file_name().unwrap())).unwrap();
    }
    let call = |more: &[&str]| {
        let words = ["run", inputs.to_str().unwrap(), "--out", out.to_str().unwrap()];
        wayfare(&[&words[..], &MORE, more].concat())
    };
    assert_eq!(call(&["--quiet"]).code, 0);
    let before = std::fs::read(out.join("run.json")).unwrap();
    // What a kill right after the manifest leaves behind.
    std::fs::create_dir(out.join("checkpoints")).unwrap();
    for left in ["checkpoints/000001.checkpoint", "checkpoints/000002.tmp", "run.json.tmp"] {
        std::fs::write(out.join(left), "half").unwrap();
    }
    let said = call(&["--resume", "--threads", "1", "--set", "traffic.parts=2", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("is finished already"), "{}", said.err);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&said.out).unwrap(), manifest(&out));
    assert!(!out.join("checkpoints").exists() && !out.join("run.json.tmp").exists());
    for (change, what) in [(["--seed", "2"], "(seed)"), (["--set", "assign.iterations=5"], "(assign)")] {
        let said = call(&[&["--resume"][..], &change].concat());
        assert_eq!(said.code, 2, "{change:?}: {}", said.err);
        assert!(said.err.contains("a finished run of another scenario"), "{}", said.err);
        assert!(said.err.contains(what) && said.err.contains("--overwrite"), "{}", said.err);
    }
    let trips = std::fs::read_to_string(inputs.join("trips.csv")).unwrap();
    std::fs::write(inputs.join("trips.csv"), trips + "\n").unwrap();
    let said = call(&["--resume"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("trips.csv") && said.err.contains("has changed since"), "{}", said.err);
    assert_eq!(std::fs::read(out.join("run.json")).unwrap(), before);
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_one_before_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let found = (0..TRIES).find_map(|n| {
        let out = folder.path().join(n.to_string());
        let finished = killed(&out, &["--quiet"], || checkpoints(&out).len() == 2);
        let kept = checkpoints(&out);
        (!finished && kept.len() == 2).then_some((out, kept))
    });
    let (out, kept) = found.expect("a run with two checkpoints that was killed");
    let mut bytes = std::fs::read(&kept[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&kept[1], &bytes).unwrap();
    // Another scenario does not go on from it.
    let said = resume(&out, &["--seed", "2"]);
    assert_eq!(said.code, 2, "{}", said.err);
    let said = resume(&out, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let warnings = manifest(&out)["warnings"].to_string();
    assert!(warnings.contains("is damaged"), "{warnings}");
}

/// Ctrl-C says what is kept; the run then goes on from there.
#[test]
fn an_interrupt_says_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..TRIES {
        let out = folder.path().join("run");
        let _ = std::fs::remove_dir_all(&out);
        let mut command = Command::new(env!("CARGO_BIN_EXE_wayfare"));
        let mut child = command.args(arguments(&out, &[])).stderr(Stdio::piped()).spawn().unwrap();
        while checkpoints(&out).is_empty() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        let ended = child.wait_with_output().unwrap();
        if interrupt.is_ok_and(|status| status.success()) && !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(said.contains("stopped; the last checkpoint is kept in"), "{said}");
            let said = wayfare(&arguments(&out, &[]));
            assert!(said.code == 2 && said.err.contains("was cut off"), "{}", said.err);
            assert_eq!(resume(&out, &[]).code, 0);
            return;
        }
    }
    panic!("every run ended before it could be interrupted");
}
