//! `#[derive(Named)]`: gives a struct its own name as a text.

use proc_macro::{TokenStream, TokenTree};

#[proc_macro_derive(Named)]
pub fn named(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let name = loop {
        match tokens.next() {
            Some(TokenTree::Ident(word)) if word.to_string() == "struct" => match tokens.next() {
                Some(TokenTree::Ident(name)) => break name.to_string(),
                _ => return error("a struct needs a name"),
            },
            Some(_) => {}
            None => return error("Named is for structs"),
        }
    };
    format!("impl Named for {name} {{ fn name(&self) -> &'static str {{ {name:?} }} }}").parse().unwrap()
}

fn error(message: &str) -> TokenStream {
    format!("compile_error!({message:?});").parse().unwrap()
}
