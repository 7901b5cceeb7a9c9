#[cfg(test)]
mod hidden {
    #[test]
    fn joins() {
        assert_eq!(super::joined(&[1, 2]), "<1> <2>");
    }
}
