#[cfg(test)]
mod hidden {
    #[test]
    fn totals_run() {
        assert_eq!(super::running_totals(&[1, 2, -4]), [1, 3, -1]);
    }
}
