//! A run on several processes gives the same bits as on one. Only with `--features mpi`; see tests/mpi.sh.
#![cfg(feature = "mpi")]

mod program;

use program::{manifest, run, scenario, wayfare};
use std::process::Command;

const MORE: [&str; 6] = ["--sample", "0.05", "--set", "assign.iterations=2", "--threads", "1"];

#[test]
fn processes_change_nothing() {
    if Command::new("mpirun").arg("--version").output().is_err() {
        println!("skipped: there is no mpirun");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let alone = run(&scenario("sioux-falls"), &folder.path().join("alone"), &MORE);
    for n in ["2", "4"] {
        let out = folder.path().join(n);
        let said = Command::new("mpirun")
            .args(["--allow-run-as-root", "--oversubscribe", "-n", n, env!("CARGO_BIN_EXE_wayfare")])
            .args([
                "run",
                scenario("sioux-falls").to_str().unwrap(),
                "--out",
                out.to_str().unwrap(),
                "--quiet",
            ])
            .args(MORE)
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        assert_eq!(manifest(&out)["hash"], alone["hash"], "{n} processes");
    }
}

/// An error of one process ends all of them, with its exit code.
#[test]
fn a_process_that_fails_takes_the_others_along() {
    let said = Command::new("mpirun")
        .args(["--allow-run-as-root", "--oversubscribe", "-n", "2", env!("CARGO_BIN_EXE_wayfare")])
        .args(["run", "no/such/scenario"])
        .output();
    let Ok(said) = said else {
        println!("skipped: there is no mpirun");
        return;
    };
    let alone = wayfare(&["run", "no/such/scenario"]);
    assert_eq!((alone.code, said.status.code()), (2, Some(2)));
}
