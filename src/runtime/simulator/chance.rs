//! Chance that can be told again: numbers made from a seed and the position of a request, so that
//! the same demo looks the same twice. There is no generator to share, and nothing here is random
//! enough to keep a secret.

/// A number from 0 (included) to 1 (excluded), always the same for the same arguments.
pub fn chance(seed: u64, stream: u64, position: u64) -> f64 {
    f64::from(u32::try_from(number(seed, stream, position) >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}

/// A number that names something, always the same for the same arguments.
pub fn number(seed: u64, stream: u64, position: u64) -> u64 {
    mix(mix(mix(seed) ^ stream) ^ position)
}

/// Spreads the bits of `value` over all 64: the finalizer of `SplitMix64`.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_even_and_repeats() {
        let numbers: Vec<f64> = (0..10_000).map(|position| chance(7, 3, position)).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        let below = numbers.iter().filter(|number| **number < 0.3).count();
        assert!((2_800..3_200).contains(&below), "{below} of 10,000 below 0.3");
        assert_eq!(numbers, (0..10_000).map(|position| chance(7, 3, position)).collect::<Vec<_>>());
        assert_ne!(numbers, (0..10_000).map(|position| chance(8, 3, position)).collect::<Vec<_>>());
    }
}
