#[cfg(test)]
mod hidden {
    #[test]
    fn clamps() {
        let mut values = [1, 5, 9];
        super::clamp_all(&mut values, 2, 6);
        assert_eq!(values, [2, 5, 6]);
    }
}
