#[cfg(test)]
mod hidden {
    #[test]
    fn adds_up() {
        assert_eq!(super::after_deposits(&[5, -2]), 3);
    }
}
