#[cfg(test)]
mod hidden {
    use super::Level::{High, Low};
    #[test]
    fn counts_changes() {
        assert_eq!(super::changes(&[Low, Low, High, Low]), 2);
    }
}
