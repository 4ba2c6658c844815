//! How fast a replay goes.

/// Times faster than life, from 1 to 600.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u32);

impl Default for Speed {
    fn default() -> Self {
        Self(1)
    }
}

impl Speed {
    /// The fastest.
    pub const FASTEST: u32 = 600;
    /// The speeds that keys go through.
    const STEPS: [u32; 9] = [1, 2, 5, 10, 30, 60, 120, 300, Self::FASTEST];

    /// `times` as fast as life, where that is 1 to 600.
    pub fn new(times: u32) -> Option<Self> {
        (1..=Self::FASTEST).contains(&times).then_some(Self(times))
    }

    /// How many times faster than life.
    pub const fn times(self) -> u32 {
        self.0
    }

    /// The next faster one.
    #[must_use]
    pub fn faster(self) -> Self {
        Self::STEPS.into_iter().find(|step| *step > self.0).map_or(self, Self)
    }

    /// The next slower one.
    #[must_use]
    pub fn slower(self) -> Self {
        Self::STEPS.into_iter().rev().find(|step| *step < self.0).map_or(self, Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_from_life_to_six_hundred_and_back() {
        let up: Vec<u32> = std::iter::successors(Some(Speed::default()), |speed| {
            let next = speed.faster();
            (next != *speed).then_some(next)
        })
        .map(Speed::times)
        .collect();
        assert_eq!(up, Speed::STEPS);
        assert_eq!(
            Speed::new(45).map(|speed| (speed.slower().times(), speed.faster().times())),
            Some((30, 60))
        );
        assert_eq!(Speed::default().slower(), Speed::default());
        assert_eq!((Speed::new(0), Speed::new(601)), (None, None));
    }
}
