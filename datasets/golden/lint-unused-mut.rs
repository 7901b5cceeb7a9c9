#![deny(unused_mut)]

pub fn total(prices: &[u32]) -> u32 {
    let mut sum = prices.iter().sum();
    sum
}

fn main() {
    println!("{}", total(&[1, 2, 3]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up() {
        assert_eq!(total(&[1, 2]), 3);
    }
}
