#[cfg(test)]
mod hidden {
    #[test]
    fn finds_the_gap() {
        assert_eq!(super::largest_gap(&[1, 4, 6]), 3);
    }
}
