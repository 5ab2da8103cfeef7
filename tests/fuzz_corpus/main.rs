//! The inputs that fuzzing left behind, one folder for each target: none of them may panic, hang or spend past its limits. Those in
//! `regressions/` once did.
// wasm-pack builds every test; these read files.
#![cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]

use std::path::{Path, PathBuf};

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

/// Runs a target over what was saved for it, and says how many inputs there were.
fn run_saved(target: &str, run: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let files = ["corpus", "regressions"].map(|kind| inputs(&folder.join(kind).join(target)));
    let files: Vec<PathBuf> = files.into_iter().flatten().collect();
    for file in &files {
        let input = std::fs::read(file).expect("a saved input can be read");
        let result = std::panic::catch_unwind(|| run(&input));
        assert!(result.is_ok(), "{} panics", file.display());
    }
    files.len()
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

macro_rules! targets {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let count = run_saved(stringify!($name), targets::$name::run);
            assert!(count >= 200, "{count} inputs are saved for {}", stringify!($name));
        }
    )*};
}

targets! { open plan read decode text net }
