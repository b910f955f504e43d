//! One page for people, whole in one file: it asks the network for nothing, runs one script, and can be read without it.
//!
//! What it says comes from `view` and `words`, as plain values; how it looks is in `page.html.j2`, `page.css` and `page.js`. Everything
//! from the manifest is escaped by the template engine, and the page's own policy lets no script run but `page.js`.

mod changed;
mod evidence;
mod matrix;
mod view;
mod words;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde};
use sha2::{Digest as _, Sha256};

use crate::Manifest;

const TEMPLATE: &str = include_str!("page.html.j2");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
///
/// # Errors
/// When the template does not fit the view, which would be a defect of the suite.
pub fn page(manifest: &Manifest) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.render_str(
        TEMPLATE,
        context! {
            page => Serde(view::Page::of(manifest)),
            style => Value::from_safe_string(STYLE.into()),
            script => Value::from_safe_string(SCRIPT.into()),
            script_digest => STANDARD.encode(Sha256::digest(SCRIPT)),
        },
    )
}
