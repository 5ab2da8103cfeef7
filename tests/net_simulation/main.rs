//! Deterministic simulation of `Net`: seeded scripts of readers against a network with every fault that networks
//! have, under a virtual clock. After every fact the whole state is judged from outside (`checks.rs`).
//!
//! `PYRAMIDION_SEEDS=10000` plays more seeds, `PYRAMIDION_SEED=7` plays one and prints every fact and order.

mod byte_set;
mod checks;
mod delivery;
mod dice;
mod file;
mod script;
mod server;
mod world;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

const SEEDS: u64 = 10_000;

/// For the panic hook: the seed that is being played.
static PLAYING: AtomicU64 = AtomicU64::new(u64::MAX);

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")))
}

/// Also where a panic aborts at once, as on WebAssembly.
fn name_the_seed_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        let seed = PLAYING.load(Ordering::Relaxed);
        if seed != u64::MAX {
            eprintln!("replay: PYRAMIDION_SEED={seed} cargo test --test net_simulation -- --nocapture");
        }
    }));
}

#[test]
fn every_seed_keeps_every_rule() {
    name_the_seed_on_panic();
    let one = number("PYRAMIDION_SEED");
    let seeds = one.map_or(0..number("PYRAMIDION_SEEDS").unwrap_or(SEEDS), |seed| seed..seed + 1);
    let played = seeds.end - seeds.start;
    let mut endings: BTreeMap<String, u64> = BTreeMap::new();
    for seed in seeds {
        PLAYING.store(seed, Ordering::Relaxed);
        for (how, times) in script::play(seed, one.is_some()) {
            *endings.entry(how).or_default() += times;
        }
    }
    PLAYING.store(u64::MAX, Ordering::Relaxed);
    eprintln!("{played} seeds, readers ended: {endings:?}");
    // A simulation that never meets a fault finds none.
    if played >= SEEDS {
        let codes = ["NotFound", "Forbidden", "Http", "Network", "Timeout", "Truncated", "RangeUnsupported"];
        for how in codes.iter().chain(&["FileChanged", "Closed", "InvalidArgument", "aborted", "done"]) {
            assert!(endings.get(*how).is_some_and(|times| *times >= 10), "too few ended with {how}");
        }
    }
}
