#[cfg(test)]
mod hidden {
    #[test]
    fn finds() {
        assert_eq!(super::position(&[4, 5], 5), Some(1));
        assert_eq!(super::position(&[4, 5], 6), None);
    }
}
