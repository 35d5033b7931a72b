//! Medians, ranges and ratios of what the rounds have given.

/// A figure from several rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Summary {
    /// `None` where no round has given the figure. The median of an even number is the mean of the middle two.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = if figures.len() % 2 == 1 {
            figures[middle]
        } else {
            f64::midpoint(figures[middle - 1], figures[middle])
        };
        Some(Self {
            median,
            least,
            most,
        })
    }

    /// How many times `other` this is, median over median; `None` where `other` is nothing.
    pub(crate) fn over(self, other: Self) -> Option<f64> {
        (other.median > 0.0).then(|| self.median / other.median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_number_is_the_one_in_the_middle() {
        let summary = Summary::of([9.0, 1.0, 2.0]).unwrap();
        assert_eq!(
            (summary.median, summary.least, summary.most),
            (2.0, 1.0, 9.0)
        );
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(Summary::of([4.0, 1.0, 2.0, 100.0]).unwrap().median, 3.0);
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Summary::of([]), None);
    }

    #[test]
    fn a_ratio_is_that_of_the_medians() {
        let (three, two) = (Summary::of([1.0, 3.0, 4.0]), Summary::of([2.0, 2.0]));
        let nothing = Summary::of([0.0]).unwrap();
        assert_eq!(three.unwrap().over(two.unwrap()), Some(1.5));
        assert_eq!(two.unwrap().over(nothing), None);
        assert_eq!(nothing.over(two.unwrap()), Some(0.0));
    }
}
