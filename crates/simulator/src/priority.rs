//! The order of waiting jobs: a binary heap laid out as Python's `heapq` lays it out, because
//! `GET /queue` shows the array itself.
//!
//! Used by the queue. Elements are compared as Python compares `(number, prompt_id, prompt)`: two
//! equal numbers with equal ids go on to compare two dictionaries, which raises.

use comfyctl_workflow::validation::python;
use serde_json::Value;

/// A job's place in the queue: whole from the counter, a float when the client gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Counted(i64),
    Given(f64),
}

impl Number {
    fn as_float(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "no server counts to 2^53 jobs")]
            Self::Counted(number) => number as f64,
            Self::Given(number) => number,
        }
    }

    pub(crate) fn to_json(self) -> Value {
        match self {
            Self::Counted(number) => number.into(),
            Self::Given(number) => python::from_float(number),
        }
    }
}

/// Python raised `TypeError` while it compared two elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Incomparable;

/// What the heap orders by.
pub(crate) trait Ranked {
    fn rank(&self) -> (Number, &str);
}

fn less(left: &impl Ranked, right: &impl Ranked) -> Result<bool, Incomparable> {
    let ((left_number, left_id), (right_number, right_id)) = (left.rank(), right.rank());
    let (left_number, right_number) = (left_number.as_float(), right_number.as_float());
    #[expect(clippy::float_cmp, reason = "Python compares the numbers exactly")]
    if left_number != right_number {
        return Ok(left_number < right_number);
    }
    if left_id == right_id {
        return Err(Incomparable);
    }
    Ok(left_id < right_id)
}

/// Adds an element. When a comparison raises, the element is in the heap all the same.
pub(crate) fn push<T: Ranked>(heap: &mut Vec<T>, item: T) -> Result<(), Incomparable> {
    heap.push(item);
    let last = heap.len() - 1;
    rise(heap, 0, last)
}

/// Takes the smallest element.
pub(crate) fn pop<T: Ranked>(heap: &mut Vec<T>) -> Result<Option<T>, Incomparable> {
    if heap.is_empty() {
        return Ok(None);
    }
    let smallest = heap.swap_remove(0);
    if !heap.is_empty() {
        sink(heap, 0)?;
    }
    Ok(Some(smallest))
}

/// Restores the order after elements were removed from the middle.
pub(crate) fn heapify<T: Ranked>(heap: &mut [T]) -> Result<(), Incomparable> {
    for position in (0..heap.len() / 2).rev() {
        sink(heap, position)?;
    }
    Ok(())
}

fn rise<T: Ranked>(heap: &mut [T], start: usize, mut position: usize) -> Result<(), Incomparable> {
    while position > start {
        let parent = (position - 1) / 2;
        if !less(&heap[position], &heap[parent])? {
            break;
        }
        heap.swap(position, parent);
        position = parent;
    }
    Ok(())
}

/// Lets the smaller child rise all the way to the leaf, then the element rise back to its place.
fn sink<T: Ranked>(heap: &mut [T], start: usize) -> Result<(), Incomparable> {
    let mut position = start;
    loop {
        let mut child = 2 * position + 1;
        if child >= heap.len() {
            break;
        }
        let right = child + 1;
        if right < heap.len() && !less(&heap[child], &heap[right])? {
            child = right;
        }
        heap.swap(position, child);
        position = child;
    }
    rise(heap, start, position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Item(f64, &'static str);

    impl Ranked for Item {
        fn rank(&self) -> (Number, &str) {
            (Number::Given(self.0), self.1)
        }
    }

    #[test]
    fn the_array_is_that_of_heapq() {
        let mut heap = Vec::new();
        for number in [11.0, 12.0, 13.0, 14.0, 15.0, -16.0, 0.5] {
            push(&mut heap, Item(number, "a")).unwrap();
        }
        assert_eq!(pop(&mut heap).unwrap(), Some(Item(-16.0, "a")));
        let order: Vec<f64> = heap.iter().map(|item| item.0).collect();
        assert_eq!(order, [0.5, 12.0, 11.0, 14.0, 15.0, 13.0]);
    }

    #[test]
    fn equal_rank_raises_but_is_kept() {
        let mut heap = vec![Item(1.0, "a")];
        assert_eq!(push(&mut heap, Item(1.0, "a")), Err(Incomparable));
        assert_eq!(heap.len(), 2);
    }
}
