//! Stacks boxes without overlap, each as near as possible to the height that it wants.

/// The tops of boxes in their order. Box `i` wants its top at `wanted[i]` and takes `heights[i]`.
///
/// The sum of the squares of all distances is the least possible: boxes that get in each other's
/// way form a block, which stands at the mean of what its boxes want.
pub(super) fn level(wanted: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<Block> = Vec::with_capacity(wanted.len());
    let mut offset = 0.0;
    for (wanted, height) in wanted.iter().zip(heights) {
        let mut block = Block {
            sum: wanted - offset,
            count: 1,
        };
        while let Some(above) = blocks.pop_if(|above| above.mean() >= block.mean()) {
            block.sum += above.sum;
            block.count += above.count;
        }
        blocks.push(block);
        offset += height;
    }
    let means = blocks
        .iter()
        .flat_map(|block| std::iter::repeat_n(block.mean(), block.count));
    let mut offset = 0.0;
    let tops = means.zip(heights).map(|(mean, height)| {
        let top = mean + offset;
        offset += height;
        top
    });
    tops.collect()
}

/// Boxes that touch each other.
struct Block {
    /// Of what its boxes want for the top of the first box of all, were all stacked tightly.
    sum: f64,
    count: usize,
}

impl Block {
    #[expect(clippy::cast_precision_loss, reason = "a number of boxes")]
    fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn boxes_with_room_stand_where_they_want_and_others_share_the_way() {
        assert_eq!(level(&[0.0, 500.0], &[100.0, 100.0]), [0.0, 500.0]);
        assert_eq!(level(&[50.0, 50.0], &[100.0, 100.0]), [0.0, 100.0]);
        assert_eq!(
            level(&[0.0, 300.0, 300.0], &[100.0; 3]),
            [0.0, 250.0, 350.0]
        );
    }

    proptest! {
        #[test]
        fn nothing_overlaps(boxes in proptest::collection::vec((-1e4..1e4, 1.0..500.0), 0..40)) {
            let (wanted, heights): (Vec<f64>, Vec<f64>) = boxes.into_iter().unzip();
            let tops = level(&wanted, &heights);
            for (pair, height) in tops.windows(2).zip(&heights) {
                prop_assert!(pair[1] - pair[0] >= height - 1e-6);
            }
        }
    }
}
