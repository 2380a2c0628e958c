//! A run on several processes gives the same bits as on one. Only with `--features mpi`; see tests/mpi.sh.
#![cfg(feature = "mpi")]
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{manifest, run, said, scenario, wayfare};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const MORE: [&str; 6] = ["--sample", "0.05", "--set", "assign.iterations=2", "--threads", "1"];

/// `wayfare run` on `n` processes.
fn mpirun(n: &str) -> Command {
    let mut command = Command::new("mpirun");
    let wayfare = env!("CARGO_BIN_EXE_wayfare");
    command.args(["--allow-run-as-root", "--oversubscribe", "-n", n, wayfare, "run"]);
    command
}

/// The same of Sioux Falls into `out`.
fn sioux_falls(n: &str, out: &Path, more: &[&str]) -> Command {
    let mut command = mpirun(n);
    command.arg(scenario("sioux-falls")).arg("--out").arg(out).args(MORE).args(more);
    command
}

fn has_mpirun() -> bool {
    let found = Command::new("mpirun").arg("--version").output().is_ok();
    if !found {
        program::skipped("program", "mpirun");
    }
    found
}

#[test]
fn processes_change_nothing() {
    if !has_mpirun() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let alone = run(&scenario("sioux-falls"), &folder.path().join("alone"), &MORE);
    for n in ["2", "4"] {
        let out = folder.path().join(n);
        let said = said(sioux_falls(n, &out, &[]).output().unwrap());
        assert_eq!(said.code, 0, "{}", said.err);
        assert_eq!(manifest(&out)["hash"], alone["hash"], "{n} processes");
    }
}

/// Kills every process that has `out` among its arguments, as a machine that loses power would.
fn kill_all(out: &Path) {
    let has_out = |process: &Path| {
        let said = std::fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&said).contains(out.to_str().unwrap())
    };
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let numbers = processes.filter(|process| has_out(process));
    let numbers: Vec<String> =
        numbers.map(|p| p.file_name().unwrap().to_str().unwrap().to_string()).collect();
    Command::new("sh").args(["-c", &format!("kill -9 {}", numbers.join(" "))]).status().unwrap();
}

/// Kills a run after its next checkpoint and goes on with it on another number of processes, four times; then lets it
/// end. What was said.
fn killed_and_resumed(out: &Path) -> String {
    let newest = || {
        let files = std::fs::read_dir(out.join("checkpoints")).into_iter().flatten();
        let names = files
            .map(|file| file.unwrap().file_name())
            .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "checkpoint"));
        names.max()
    };
    let mut all_said = String::new();
    for (round, n) in ["2", "3", "1", "4", "2"].into_iter().enumerate() {
        let resume = if round == 0 { None } else { Some("--resume") };
        let more: Vec<&str> = ["--checkpoint", "0"].into_iter().chain(resume).collect();
        let before = newest();
        let mut child = sioux_falls(n, out, &more).stderr(Stdio::piped()).spawn().unwrap();
        while round < 4 && newest() == before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        let is_over = round == 4 || child.try_wait().unwrap().is_some();
        if !is_over {
            kill_all(out);
        }
        let said = said(child.wait_with_output().unwrap());
        assert!(!is_over || said.code == 0, "{}", said.err);
        all_said += &said.err;
    }
    all_said
}

/// Killed at any moment, also in the middle of a day, and gone on with on another number of processes. On a machine so
/// busy that a run ends before its checkpoint is seen, it is tried again.
#[test]
fn a_killed_run_goes_on_with_other_processes() {
    if !has_mpirun() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let alone = run(&scenario("sioux-falls"), &folder.path().join("alone"), &MORE);
    let was_resumed = (0..20).any(|n| {
        let out = folder.path().join(format!("{n}-killed"));
        let said = killed_and_resumed(&out);
        assert_eq!(manifest(&out)["hash"], alone["hash"]);
        said.contains("resumed before day 1, at ")
    });
    assert!(was_resumed, "never killed in the middle of a day: no test");
}

/// An error of one process ends all of them, with its exit code.
#[test]
fn a_process_that_fails_takes_the_others_along() {
    if !has_mpirun() {
        return;
    }
    let said = said(mpirun("2").arg("no/such/scenario").output().unwrap());
    let alone = wayfare(&["run", "no/such/scenario"]);
    assert_eq!((alone.code, said.code), (2, 2));
}
