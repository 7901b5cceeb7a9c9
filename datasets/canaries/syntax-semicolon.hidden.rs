#[cfg(test)]
mod hidden {
    #[test]
    fn swaps() {
        assert_eq!(super::swapped((1, 2)), (2, 1));
    }
}
