use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The same steps in a map of the standard library: after each, all that can be asked is asked of both.
#[test]
fn it_answers_as_the_tree_does() {
    let mut seed = 1_u32;
    let mut dice = |sides: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % sides
    };
    let (mut ours, mut theirs) = (SortedMap::new(), BTreeMap::new());
    for step in 0..4000_u32 {
        let key = dice(60);
        match dice(7) {
            0..=2 => assert_eq!(ours.insert(key, step), theirs.insert(key, step)),
            3 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
            4 => assert_eq!(ours.pop_first(), theirs.pop_first()),
            5 => {
                ours.alter(key, |value| *value += 1);
                *theirs.entry(key).or_default() += 1;
            }
            _ => {
                if let Some(value) = ours.get_mut(&key) {
                    *value += 2;
                }
                theirs.entry(key).and_modify(|value| *value += 2);
            }
        }
        assert!(ours.iter().eq(theirs.iter()));
        assert!(ours.iter().rev().eq(theirs.iter().rev()));
        assert_eq!(ours.first_key_value(), theirs.first_key_value());
        let (from, to) = (key.min(30), key.max(30));
        assert!(ours.range(from..to).eq(theirs.range(from..to)));
        assert!(ours.range(from..=to).rev().eq(theirs.range(from..=to).rev()));
        assert!(ours.range(..from).eq(theirs.range(..from)));
        assert!(ours.range(to..).eq(theirs.range(to..)));
        assert_eq!((ours.get(&key), ours.contains_key(&key)), (theirs.get(&key), theirs.contains_key(&key)));
        assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()));
    }
}

#[test]
fn a_queue_takes_no_more_room_than_it_had_at_once() {
    let mut queue = SortedMap::new();
    for number in 0..10_000_u32 {
        queue.insert(number, number);
        if number >= 100 {
            assert_eq!(queue.pop_first(), Some((number - 100, number - 100)));
        }
    }
    assert_eq!((queue.len(), queue.entries.len()), (100, 101));
    assert!(queue.row.slots.len() < 300 && queue.row.free.len() == 1);
    assert!(queue.into_iter().map(|(key, _)| key).eq(9_900..10_000));
}

#[test]
fn a_range_turned_round_is_empty() {
    let map = SortedMap::from([(1, 'a'), (2, 'b'), (3, 'c')]);
    let (from, to) = (3, 1);
    assert_eq!(map.range(from..to).count(), 0);
}

#[test]
fn a_set_keeps_one_of_each() {
    let values = [5, 1, 4, 1, 5, 9, 2, 6];
    let (ours, theirs): (SortedSet<i32>, BTreeSet<i32>) =
        (values.into_iter().collect(), values.into_iter().collect());
    assert!(ours.iter().eq(theirs.iter()));
    assert_eq!((ours.len(), ours.first(), ours.contains(&4)), (6, Some(&1), true));
    assert!(ours.into_iter().eq(theirs));
}
