#[cfg(test)]
mod hidden {
    #[test]
    fn repeats() {
        let mut words = vec!["a".to_string(), "b".to_string()];
        super::repeat_last(&mut words);
        assert_eq!(words, ["a", "b", "-", "b"]);
    }
}
