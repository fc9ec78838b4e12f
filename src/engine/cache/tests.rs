//! The span cache against plain least-recently-used, at a quarter of what everything would take.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::engine::cache::{SpanCache, WINDOW};
use crate::geometry::Place;
use crate::png::CompressedSpan;

/// Layers, and traits of each.
const LAYERS: usize = 6;
const TRAITS: u64 = 12;
/// Places of a picture, each of which shows some of the layers.
const PLACES: u16 = 24;
/// Items that are prepared together.
const BATCH: usize = 8;

type Key = (u16, Vec<u16>);

/// A generator that is the same everywhere (SplitMix64).
struct RandomStream(u64);

impl RandomStream {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % limit
    }

    /// A trait; the low ones are drawn more often, as in a collection with rare traits.
    fn draw(&mut self) -> u64 {
        self.below(TRAITS).min(self.below(TRAITS))
    }
}

/// Items drawn by weight, as a plan has them.
fn drawn(count: usize) -> Vec<[u64; LAYERS]> {
    let mut words = RandomStream(1);
    (0..count).map(|_| std::array::from_fn(|_| words.draw())).collect()
}

/// Items as a service is asked for them: users come and go, and each changes an avatar a trait at a time.
fn asked_for(count: usize) -> Vec<[u64; LAYERS]> {
    let mut words = RandomStream(2);
    let mut avatars = drawn(12);
    let change = |_| {
        let user = words.below(avatars.len() as u64) as usize;
        match words.below(20) {
            0 => avatars[user] = std::array::from_fn(|_| words.draw()),
            _ => avatars[user][words.below(LAYERS as u64) as usize] = words.draw(),
        }
        avatars[user]
    };
    (0..count).map(change).collect()
}

/// The spans of an item: at each place one to three layers show.
fn spans(item: &[u64; LAYERS]) -> impl Iterator<Item = Key> {
    (0..PLACES).map(|place| {
        let first = usize::from(place) % LAYERS;
        let depth = 1 + usize::from(place) / 10;
        let ids = (0..depth).map(|layer| (first + layer) % LAYERS);
        (place, ids.map(|layer| layer as u16 * TRAITS as u16 + item[layer] as u16).collect())
    })
}

fn at(place: u16) -> Place {
    Place { tile_row: place, first: 0, last: 0 }
}

/// Deeper stacks are of smaller places, as a rule.
fn span(key: &Key) -> Arc<CompressedSpan> {
    Arc::new(CompressedSpan::of_bytes(8 * (400 / key.1.len() + usize::from(key.0))))
}

/// Hit rate of a cache of `budget` bytes, and the most bytes that it held.
fn cached(items: &[[u64; LAYERS]], budget: u64, plan: bool) -> (f64, u64) {
    let cache = SpanCache::new(PLACES.into(), budget);
    for (number, batch) in items.chunks(BATCH).enumerate() {
        let ahead = &items[((number + 1) * BATCH).min(items.len())..];
        let update_next_uses = |cache: &SpanCache| {
            for (distance, item) in ahead.iter().take(if plan { WINDOW } else { 0 }).enumerate() {
                spans(item).for_each(|(place, stack)| cache.will_use(at(place), &stack, distance));
            }
        };
        let mut wanted: Vec<(Key, u32)> = Vec::new();
        for key in batch.iter().flat_map(spans) {
            match wanted.iter_mut().find(|(other, _)| *other == key) {
                Some((_, uses)) => *uses += 1,
                None => wanted.push((key, 1)),
            }
        }
        cache.tick(batch.len() as u64);
        let is_new = |(key, uses): (Key, u32)| cache.get(at(key.0), &key.1, uses).is_none().then_some(key);
        let new: Vec<Key> = wanted.into_iter().filter_map(is_new).collect();
        new.iter().for_each(|key| cache.insert(at(key.0), &key.1, span(key)));
        if cache.is_over() {
            update_next_uses(&cache);
            cache.trim();
        }
        if cache.near_budget() && cache.looked_long_ago() {
            update_next_uses(&cache);
            cache.looked();
        }
        cache.drop_dead();
    }
    let counts = cache.usage();
    (counts.hits as f64 / (counts.hits + counts.misses) as f64, counts.peak_bytes)
}

/// Hit rate of plain LRU with the same budget and batches.
fn least_recently_used(items: &[[u64; LAYERS]], budget: u64) -> f64 {
    let (mut kept, mut order) = (HashMap::<Key, (u64, u64)>::new(), BTreeMap::<u64, Key>::new());
    let (mut bytes, mut clock, mut hits, mut misses) = (0, 0, 0u64, 0u64);
    for batch in items.chunks(BATCH) {
        for key in batch.iter().flat_map(spans) {
            clock += 1;
            let size = span(&key).memory() as u64 + crate::engine::cache::ENTRY_BYTES;
            match kept.insert(key.clone(), (clock, size)) {
                Some((before, _)) => {
                    hits += 1;
                    order.remove(&before);
                }
                None => {
                    misses += 1;
                    bytes += size;
                }
            }
            order.insert(clock, key);
        }
        while bytes > budget {
            let (_, key) = order.pop_first().unwrap();
            bytes -= kept.remove(&key).unwrap().1;
        }
    }
    hits as f64 / (hits + misses) as f64
}

#[test]
fn at_a_quarter_of_the_budget_more_is_found_than_by_least_recent_use() {
    for (name, items) in [("a plan", drawn(4000)), ("what users ask for", asked_for(4000))] {
        let (all, needed) = cached(&items, u64::MAX, false);
        let budget = needed / 4;
        let lru = least_recently_used(&items, budget);
        let [known, unknown] = [true, false].map(|plan| cached(&items, budget, plan).0);
        println!(
            "{name}: all {all:.4}, with a plan {known:.4}, without {unknown:.4}, least recently used {lru:.4}"
        );
        assert!(known > lru, "{name}: {known} with a plan, {lru} by least recent use");
        assert!(known <= all && unknown <= all);
    }
}

#[test]
fn spans_without_a_known_use_go_first_and_then_those_that_are_used_last() {
    let cache = SpanCache::new(4, u64::MAX);
    cache.tick(1);
    let keys: Vec<Key> = (0..4).map(|place| (place, vec![0])).collect();
    keys.iter().for_each(|key| cache.insert(at(key.0), &key.1, span(key)));
    // 0 is never used again, 1 is used late, 2 soon, and 3 was used often.
    cache.will_use(at(1), &[0], 9);
    cache.will_use(at(2), &[0], 1);
    (0..9).for_each(|_| _ = cache.get(at(3), &[0], 1));
    let mut left = Vec::new();
    while cache.holds(at(2), &[0]) {
        left.push((0..4).filter(|&place| cache.holds(at(place), &[0])).collect::<Vec<u16>>());
        cache.drop_one();
    }
    assert_eq!(left, [vec![0, 1, 2, 3], vec![1, 2, 3], vec![1, 2], vec![2]]);
}

#[test]
fn dead_spans_go_when_the_budget_is_nearly_used_up_and_a_shortage_halves_what_is_held() {
    let key = |place: u16| (place, vec![0]);
    let filled = |budget: u64| {
        let cache = SpanCache::new(100, budget);
        (0..100).for_each(|place| cache.insert(at(place), &[0], span(&key(place))));
        (0..=WINDOW).for_each(|_| cache.tick(1));
        (0..50).for_each(|place| _ = cache.get(at(place), &[0], 1));
        (50..60).for_each(|place| cache.will_use(at(place), &[0], 3));
        cache.tick(1);
        cache
    };
    let needed = filled(u64::MAX).usage().peak_bytes;
    let roomy = filled(needed * 2);
    assert_eq!(
        (roomy.near_budget(), roomy.drop_dead()),
        (false, 0),
        "there is room for a plan that comes back"
    );
    let tight = filled(needed);
    let dropped = tight.drop_dead();
    assert!((1..=40).contains(&dropped) && !tight.near_budget(), "{dropped} spans were dropped");
    assert!((0..60).all(|place| tight.holds(at(place), &[0])), "what was used lately or will be is not dead");
    tight.shrink();
    let held = |cache: &SpanCache| (0..100).filter(|&place| cache.holds(at(place), &[0])).count();
    assert!(held(&tight) <= 50, "{}", held(&tight));
    tight.begin();
    (0..100).for_each(|place| tight.insert(at(place), &[0], span(&key(place))));
    tight.trim();
    assert_eq!(held(&tight), 100, "the next run may use all of the budget");
}

/// Threads that look, keep and drop at one time: counts stay right, and nothing is found that is not there.
#[test]
fn threads_share_a_cache_that_is_always_full() {
    let cache: SpanCache = SpanCache::new(PLACES.into(), 20_000);
    let items = drawn(400);
    std::thread::scope(|scope| {
        for part in items.chunks(100) {
            let cache = &cache;
            scope.spawn(move || {
                for key in part.iter().flat_map(spans) {
                    match cache.get(at(key.0), &key.1, 1) {
                        Some(found) => assert_eq!(found.memory(), span(&key).memory()),
                        None => cache.insert(at(key.0), &key.1, span(&key)),
                    }
                    cache.trim();
                    cache.tick(1);
                }
            });
        }
    });
    // A thread that finds another one dropping spans goes on without.
    cache.trim();
    let used = cache.usage();
    assert_eq!(used.hits + used.misses, 400 * u64::from(PLACES));
    assert!(used.bytes <= 20_000 && used.evictions > 0, "{used:?}");
    assert!(used.pressed_again > 0 && used.pressed_again <= used.misses, "{used:?}");
    cache.clear();
    assert_eq!((cache.usage().bytes, cache.usage().entries), (0, 0));
}
