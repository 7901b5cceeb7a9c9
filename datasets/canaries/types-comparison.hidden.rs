#[cfg(test)]
mod hidden {
    #[test]
    fn counts() {
        assert_eq!(super::count_above(&[1, 2, 3], 1), 2);
    }
}
