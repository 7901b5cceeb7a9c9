#[cfg(test)]
mod hidden {
    #[test]
    fn both() {
        assert_eq!(super::mean_and_max(vec![1.0, 3.0]), Some((2.0, 3.0)));
        assert_eq!(super::mean_and_max(vec![]), None);
    }
}
