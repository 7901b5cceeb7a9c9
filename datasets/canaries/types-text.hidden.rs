#[cfg(test)]
mod hidden {
    #[test]
    fn keeps_both() {
        let user = super::tagged("ann", "x");
        assert_eq!((user.name.as_str(), user.tags[0].as_str()), ("ann", "x"));
    }
}
