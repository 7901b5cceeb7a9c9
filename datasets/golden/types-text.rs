pub struct User {
    pub name: String,
    pub tags: Vec<String>,
}

pub fn tagged(name: &str, tag: &str) -> User {
    User { name: name, tags: vec![tag.to_string()] }
}
