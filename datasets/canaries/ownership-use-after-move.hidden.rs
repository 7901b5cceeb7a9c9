#[cfg(test)]
mod hidden {
    #[test]
    fn sums_up() {
        let report = super::Report { title: "t".into(), lines: vec!["ab".into(), "c".into()] };
        assert_eq!(super::summary(report), "t: 3 bytes");
    }
}
