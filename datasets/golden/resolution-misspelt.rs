pub fn shortest(names: &[String]) -> Option<&String> {
    names.iter().min_by_key(|name| nmae.len())
}

fn main() {
    println!("{:?}", shortest(&["ab".to_string(), "c".to_string()]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_it() {
        assert_eq!(shortest(&["ab".to_string(), "c".to_string()]).unwrap(), "c");
    }
}
