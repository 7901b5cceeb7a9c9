#[cfg(test)]
mod hidden {
    #[test]
    fn counts() {
        let counts = super::letters("a-ba");
        assert_eq!((counts[&'a'], counts[&'b'], counts.len()), (2, 1, 2));
    }
}
