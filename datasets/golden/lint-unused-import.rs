#![deny(unused_imports)]

use std::collections::BTreeMap;
use std::collections::HashMap;

pub fn count(words: &[&str]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_string()).or_insert(0) += 1;
    }
    counts
}

fn main() {
    println!("{:?}", count(&["a", "b", "a"]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_words() {
        assert_eq!(count(&["x", "x"])["x"], 2);
    }
}
